export { WireguardDecodeError, WireguardError, WireguardUnsupportedError } from './errors.ts'
export { type KernelWireguardOptions, openKernelWireguard } from './kernel/kernel-wireguard.ts'
export type {
  WireguardChange,
  WireguardControl,
  WireguardDevice,
  WireguardEndpoint,
  WireguardPeer,
  WireguardPeerChange,
} from './model.ts'
export { PrivateKey } from './private-key.ts'
export { openUserspaceWireguard, type UserspaceWireguardOptions } from './userspace/userspace-wireguard.ts'
