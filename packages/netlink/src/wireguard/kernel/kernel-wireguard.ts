/** A device of the kernel's own WireGuard (Linux 5.6), by generic netlink. The link is made by `RouteSocket.addLink`. */
import { NetlinkError } from '../../errors.ts'
import { GenericSocket } from '../../generic/generic-socket.ts'
import { WireguardError, WireguardUnsupportedError } from '../errors.ts'
import type { WireguardChange, WireguardControl, WireguardDevice } from '../model.ts'
import {
  WG_CMD_GET_DEVICE,
  WG_CMD_SET_DEVICE,
  WG_GENL_NAME,
  WG_GENL_VERSION,
  WGDEVICE_A_IFNAME,
} from './constants.ts'
import { decodeDevice } from './decode-device.ts'
import { writeSetDevice } from './encode-set-device.ts'
import { splitChange } from './split-change.ts'

export interface KernelWireguardOptions {
  /** Of a link of kind `wireguard`. It may come later. */
  readonly name: string
  /** A name as `ip netns` knows it, or a path; without it, where the thread is. */
  readonly netns?: string
}

/** @throws WireguardUnsupportedError when the kernel has no WireGuard, SyscallError */
export function openKernelWireguard({ name, netns }: KernelWireguardOptions): WireguardControl {
  const place = netns === undefined ? {} : { netns }
  try {
    return new KernelWireguard(name, GenericSocket.open(WG_GENL_NAME, { ...place, version: WG_GENL_VERSION }))
  } catch (error) {
    if (error instanceof NetlinkError && error.errno === 'ENOENT')
      throw new WireguardUnsupportedError({ cause: error })
    throw error
  }
}

/** The list of peers is one attribute, which has at most 65,535 bytes. */
const maxMessageBytes = 60_000

class KernelWireguard implements WireguardControl {
  readonly #name: string
  readonly #socket: GenericSocket
  #isClosed = false

  constructor(name: string, socket: GenericSocket) {
    this.#name = name
    this.#socket = socket
  }

  async read(): Promise<WireguardDevice> {
    return this.#attempt('read', (what) =>
      decodeDevice(
        this.#socket.dump({
          what,
          command: WG_CMD_GET_DEVICE,
          body: (writer) => writer.string(WGDEVICE_A_IFNAME, this.#name),
        }),
      ),
    )
  }

  async change(change: WireguardChange): Promise<void> {
    const parts = splitChange(change, maxMessageBytes)
    this.#attempt('change', (what) => {
      for (const part of parts)
        this.#socket.request({
          what,
          command: WG_CMD_SET_DEVICE,
          body: (writer) => writeSetDevice(writer, this.#name, part),
        })
    })
  }

  close(): void {
    this.#isClosed = true
    this.#socket.close()
  }

  #attempt<Result>(verb: string, work: (what: string) => Result): Result {
    const what = `${verb} WireGuard device ${this.#name}`
    if (this.#isClosed) throw new WireguardError(what, 'ECANCELED')
    try {
      return work(what)
    } catch (error) {
      if (error instanceof NetlinkError) throw asWireguardError(what, error)
      throw error
    }
  }
}

function asWireguardError(what: string, error: NetlinkError): WireguardError {
  const { errno, kernelMessage } = error
  const other = errno === 'EOPNOTSUPP' ? ': the link is of another kind' : ''
  const words = kernelMessage === undefined ? other : `: ${kernelMessage}`
  return new WireguardError(what, errno, words, { cause: error })
}
