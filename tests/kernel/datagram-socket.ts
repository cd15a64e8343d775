/** A UDP socket inside a namespace of a lab, used step by step: nothing is received before a test asks for it. */
import { IPPROTO_UDP, SOCK_DGRAM } from '../../packages/lab/src/syscalls/constants.ts'
import { NetworkNamespace } from '../../packages/lab/src/syscalls/network-namespace.ts'
import { encodeSockaddr, familyOf } from '../../packages/lab/src/syscalls/sockaddr.ts'
import {
  bindSocket,
  closeSocket,
  enlargeReceiveBuffer,
  openSocket,
  receiveDatagram,
  sendToSocket,
} from '../../packages/lab/src/syscalls/socket.ts'

const receiveBufferBytes = 16 * 1024 * 1024

export class DatagramSocket {
  readonly #fd: number
  readonly #buffer = Buffer.alloc(65_536)
  /** Of whom the last datagram came, as the kernel writes addresses. */
  #sender = Buffer.alloc(0)

  /** @throws SyscallError */
  constructor(netns: string, ip: string, port: number) {
    const namespace = NetworkNamespace.open(netns)
    try {
      this.#fd = namespace.enter(() => openSocket(familyOf(ip) ?? 4, SOCK_DGRAM, IPPROTO_UDP))
      enlargeReceiveBuffer(this.#fd, receiveBufferBytes)
      bindSocket(this.#fd, ip, port)
    } finally {
      namespace.close()
    }
  }

  send(ip: string, port: number, texts: readonly string[]): void {
    this.#sendTo(encodeSockaddr(ip, port), texts)
  }

  /** To whoever sent what was received last. */
  answer(texts: readonly string[]): void {
    this.#sendTo(this.#sender, texts)
  }

  /** All that wait. */
  received(): string[] {
    const texts: string[] = []
    for (;;) {
      const datagram = receiveDatagram(this.#fd, this.#buffer)
      if (datagram === undefined) return texts
      this.#sender = Buffer.from(datagram.sender)
      texts.push(this.#buffer.toString('utf8', 0, datagram.length))
    }
  }

  close(): void {
    closeSocket(this.#fd)
  }

  #sendTo(address: Buffer, texts: readonly string[]): void {
    for (const text of texts) {
      const code = sendToSocket(this.#fd, Buffer.from(text), address)
      if (code !== 0) throw new Error(`sendto: errno ${code}`)
    }
  }
}
