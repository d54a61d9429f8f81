/** The coordinator for other programs: a fetch handler to mount, or a server of its own. */
export { openCoordinator, type CoordinatorServer, type CoordinatorServerOptions } from "./coordinator-server.ts";
export { serve, type ServedCoordinator, type ServeOptions } from "./serve.ts";
export { ROLES, type Role, type Tokens } from "./tokens.ts";
