/**
 * The policies that come with homeostat: its own, and emulations of others with the defaults that they publish.
 *
 * @module
 */
import { homeostat } from "./policies/homeostat.ts";
import { kubernetes } from "./policies/kubernetes.ts";
import { mcpHttp, mcpStdio } from "./policies/mcp-sdk.ts";
import { nomad, nomadBatch, nomadDelay } from "./policies/nomad.ts";
import { elixir, otp } from "./policies/otp.ts";
import { pm2, pm2Backoff } from "./policies/pm2.ts";
import { suture } from "./policies/suture.ts";
import { systemd, systemdSteps } from "./policies/systemd.ts";
import { vscodeExtensionHost, vscodeLanguageClient } from "./policies/vscode.ts";
import type { RestartPolicy } from "./policy.ts";

/** In the order in which they are shown; names are unique. */
export const builtInPolicies: readonly RestartPolicy[] = [
  homeostat(),
  otp(),
  elixir(),
  suture(),
  systemd(),
  systemdSteps(),
  kubernetes(),
  nomad(),
  nomadBatch(),
  nomadDelay(),
  pm2(),
  pm2Backoff(),
  vscodeLanguageClient(),
  vscodeExtensionHost(),
  mcpStdio(),
  mcpHttp(),
];
