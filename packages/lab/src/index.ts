export { hostSideMac } from './address-plan.ts'
export {
  createLab,
  type LabOptions,
  type LabSummary,
  listLabs,
  openLab,
  removeStaleLab,
} from './create-lab.ts'
export {
  CommandFailedError,
  InvalidSpecError,
  InvalidStateFileError,
  LabClosedError,
  LabError,
  type LabErrorCode,
  LabInUseError,
  LabNotFoundError,
  MissingCommandError,
  NeedsRootError,
  SyscallError,
} from './errors.ts'
export type { ExternalMachineSpec, Lab, ServedPorts } from './lab.ts'
export type { LabView } from './lab-view.ts'
export {
  type ArpMessage,
  type EthernetHeader,
  encodeArp,
  encodeEthernet,
  encodeIcmpv6Message,
  encodeIpPacket,
  encodeMac,
  encodeUdp,
  etherTypes,
  type Fragment,
  type IpHeader,
  type UdpHeader,
} from './link/frames.ts'
export { LinkSocket, type LinkSocketOptions, type ReceivedFrame } from './link/link-socket.ts'
export { describeMember, type LabMember, type LabNode, type LabPod, type PodSpec, podKey } from './members.ts'
export { Program, type ProgramPlace } from './namespaces/program.ts'
export type { CommandOptions, CommandResult } from './namespaces/run-command.ts'
export type { ProbeAllOptions } from './probes/probe-all.ts'
export type { ProbeOutcome, ProbeProtocolName, ProbeRequest, ProbeResult } from './probes/probe-request.ts'
export type {
  AnswerTimes,
  AskBy,
  FirstConnections,
  Question,
  Resolved,
} from './resolver/client-task.ts'
export { internetCidrs, internetPort, routeToInternet, startInternet } from './resolver/internet.ts'
export { answerMessage, queryMessage } from './resolver/messages.ts'
export { type Resolver, type ResolverOptions, startResolver } from './resolver/resolver.ts'
export { ResolvingClient } from './resolver/resolving-client.ts'
export type { Backend, NodePortSpec, ServiceProtocol, ServiceSpec } from './services/service-spec.ts'
export { defaultStateDirectory } from './state-file.ts'
export type { AttemptCounters, AttemptStream, AttemptStreamOptions } from './streams/attempt-stream.ts'
export type {
  MessageCounters,
  MessageStream,
  MessageStreamOptions,
  StreamRequest,
} from './streams/message-stream.ts'
