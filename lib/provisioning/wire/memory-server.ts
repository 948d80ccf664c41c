import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { answerNode, findScimTarget } from "@/lib/provisioning/http/node-adapter";

// A separate process that answers SCIM as server.ts does, so that its memory can be measured from outside. Exits with its parent.

const server = createServer((request, response) => {
  const target = findScimTarget(request.url ?? "");
  if (target) void answerNode(request, response, target, "127.0.0.1");
  else response.writeHead(404).end();
});
server.listen(0, "127.0.0.1", () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
process.stdin.on("end", () => process.exit(0)).resume();
