/** Watching and drawing for other programs: pictures of machines, and a page of this machine that shows what actors do. */
export { Bridge, type BridgeOptions } from "./watch/bridge.ts";
export { mountInspection, type MountedInspection, type MountedInspectionOptions } from "./watch/mounted.ts";
export { startInspectServer, type InspectServer, type InspectServerOptions } from "./watch/server.ts";
export { machineDiagram, machineTable } from "./machine/mermaid.ts";
export { machineDot } from "./machine/dot.ts";
export { machineModel, type MachineEdge, type MachineModel, type MachineState } from "./machine/model.ts";
export { edgeKey, machinePicture, type MachinePicture } from "./machine/picture.ts";
export { MACHINE_STYLE, machineSvg, type SvgOptions } from "./machine/svg.ts";
