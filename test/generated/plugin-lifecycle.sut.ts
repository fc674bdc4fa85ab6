import { pluginLifecycleMachine } from "../../machines/plugin-lifecycle.ts";
import { implementationsOf } from "./support/implementations.ts";

export const suts = implementationsOf(pluginLifecycleMachine);
