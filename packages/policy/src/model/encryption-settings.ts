import type { Cidr } from '@margay/netset'

/**
 * How a node encrypts what it sends to other nodes. It decides nothing about who may talk to whom.
 *
 * Source  spec/dataplane.md 6.1; `required`, `rotationSeconds` and `exempt` are Margay's own.
 */
export interface EncryptionSettings {
  /** One WireGuard device for each IP version of the packets that it carries between nodes; undefined: there is none. */
  readonly ipv4: EncryptionDevice | undefined
  readonly ipv6: EncryptionDevice | undefined
  /** True: what can't be encrypted is not sent. Also of an IP version that has no device. */
  readonly required: boolean
  /** True: also packets of nodes themselves, not of workloads alone. */
  readonly hostEncryption: boolean
  /** Between packets that keep a path open; 0-65535, where 0 means none. */
  readonly keepaliveSeconds: number
  /** Of the rule that leads to the tables; 1-32765. */
  readonly routingRulePriority: number
  /** One bit, that packets have which are encrypted already. None of those that policy marks packets with. */
  readonly mark: number
  /** Routing tables, also while there is no device: what was left there can be found. Never the same one. */
  readonly tables: { readonly ipv4: number; readonly ipv6: number }
  /** True: the kernel handles each peer in a thread of its own. */
  readonly threading: boolean
  /** How old keys become, at least 1; 0: they stay. May be a fraction. */
  readonly rotationSeconds: number
  /** Packets from and to these are not encrypted, and need not be. Of pools whose encryption is Disabled. */
  readonly exempt: readonly Cidr[]
  /** What the settings say that can't be, and what is done instead; a line for each. None while there is no device. */
  readonly problems: readonly string[]
}

export interface EncryptionDevice {
  /** Never that of the other device. */
  readonly interfaceName: string
  /** UDP, 1-65535. Never that of the other device: a device listens on both IP versions. */
  readonly listenPort: number
  /** In bytes; 0 means that it is found out from the path to other nodes. */
  readonly mtu: number
}
