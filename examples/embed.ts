import { createSupervisor } from "homeostat";
import { openMcpServer } from "homeostat/node";

const server = "node_modules/@modelcontextprotocol/server-everything/dist/index.js";
const supervisor = createSupervisor({
  plugins: { demo: { servers: { everything: { command: "node", args: [server, "stdio"] } } } },
  ports: { openServer: openMcpServer() },
  observers: [(record) => console.log(record.seq, record.type)],
});
supervisor.start();
await supervisor.settled();

const echo = supervisor.tools().find((tool) => tool.name === "echo");
console.log(await echo?.call({ message: "hello" })); // { outcome: "completed", … }

const pid = supervisor.health().plugins[0]?.servers[0]?.pid;
if (typeof pid === "number") process.kill(pid, "SIGKILL"); // the worst that can happen to it

// The handle from before the crash still works: this call waits until the server serves again. (A call that is
// under way when its server dies is only sent again if the tool declares that this is safe.)
await new Promise<void>((resolve) => supervisor.on(({ type }) => type === "server.exited" && resolve()));
console.log(await echo?.call({ message: "again" }, { whenDown: "wait" })); // { outcome: "completed", … }

await supervisor.stop(); // in reverse order; nothing is left
