// A real Better Auth server on loopback for the tests: everything it knows is in its memory.
// It prints its URL as one JSON line, and lives until SIGTERM or until its standard input closes.
import { createServer } from "node:http";
import { betterAuth } from "better-auth";
import { memoryAdapter } from "better-auth/adapters/memory";
import { toNodeHandler } from "better-auth/node";
import { jwt } from "better-auth/plugins/jwt";

const { PORT = "0", JWT_ALG = "EdDSA", JWT_ROTATION, BETTER_AUTH_SECRET } = process.env;
const rotationInterval = JWT_ROTATION ? Number(JWT_ROTATION) : undefined; // seconds
const keyPairConfig = JWT_ALG === "EdDSA" ? { alg: "EdDSA", crv: "Ed25519" } : { alg: JWT_ALG };

function auth(baseURL) {
  return betterAuth({
    baseURL,
    secret: BETTER_AUTH_SECRET,
    telemetry: { enabled: false },
    logger: { level: "error" },
    rateLimit: { enabled: false },
    database: memoryAdapter({ user: [], session: [], account: [], verification: [], jwks: [], rateLimit: [] }),
    emailAndPassword: { enabled: true },
    plugins: [jwt({ jwks: { keyPairConfig, rotationInterval } })],
  });
}

const stop = () => process.exit(0);
process.on("SIGTERM", stop);
process.stdin.on("close", stop).resume();

const server = createServer();
server.listen(Number(PORT), "127.0.0.1", () => {
  const url = `http://127.0.0.1:${server.address().port}`;
  server.on("request", toNodeHandler(auth(url)));
  console.log(JSON.stringify({ url }));
});
