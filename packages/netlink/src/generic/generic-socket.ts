/** Generic netlink: families that the kernel numbers as they come, each with commands of its own. */
import { NetlinkError } from '../errors.ts'
import type { Span } from '../message/attributes.ts'
import { NETLINK_GENERIC } from '../message/constants.ts'
import type { MessageWriter } from '../message/message-writer.ts'
import { type NetlinkRequest, NetlinkSocket } from '../socket/netlink-socket.ts'
import {
  CTRL_ATTR_FAMILY_ID,
  CTRL_ATTR_FAMILY_NAME,
  CTRL_CMD_GETFAMILY,
  GENL_ID_CTRL,
  genericHeaderBytes,
} from './constants.ts'

export interface GenericRequest {
  /** For error texts: what is asked for. */
  readonly what: string
  readonly command: number
  /** Writes the attributes. */
  readonly body: (writer: MessageWriter) => void
}

export interface GenericSocketOptions {
  /** A name as `ip netns` knows it, or a path; without it, where the thread is. */
  readonly netns?: string
  /** Of the family, as its header file has it; 1. */
  readonly version?: number
}

export class GenericSocket {
  readonly #socket: NetlinkSocket
  readonly #family: number
  readonly #version: number

  private constructor(socket: NetlinkSocket, family: number, version: number) {
    this.#socket = socket
    this.#family = family
    this.#version = version
  }

  /**
   * The kernel may load the module that has the family.
   *
   * @throws NetlinkError ENOENT when there is none of that name, SyscallError
   */
  static open(familyName: string, { netns, version = 1 }: GenericSocketOptions = {}): GenericSocket {
    const socket = NetlinkSocket.open(NETLINK_GENERIC, netns === undefined ? {} : { netns })
    try {
      return new GenericSocket(socket, resolveFamily(socket, familyName), version)
    } catch (error) {
      socket.close()
      throw error
    }
  }

  /** The attributes of the answers. @throws NetlinkError when it is refused */
  request(request: GenericRequest): Span[] {
    return this.#socket.request(this.#asNetlink(request)).map(attributesOf)
  }

  /** The attributes of all entries, as they were at one moment. @throws NetlinkError */
  dump(request: GenericRequest): Span[] {
    return this.#socket.dump(this.#asNetlink(request)).map(attributesOf)
  }

  close(): void {
    this.#socket.close()
  }

  #asNetlink({ what, command, body }: GenericRequest): NetlinkRequest {
    return genericRequest(what, this.#family, command, this.#version, body)
  }
}

/** The message type of a family. @throws NetlinkError ENOENT */
function resolveFamily(socket: NetlinkSocket, name: string): number {
  const what = `find generic netlink family ${name}`
  const request = genericRequest(what, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1, (writer) =>
    writer.string(CTRL_ATTR_FAMILY_NAME, name),
  )
  const [answer] = socket.request(request)
  if (answer === undefined) throw new NetlinkError(`${what}: no answer`, 'ENODATA')
  return attributesOf(answer).attributes().need(CTRL_ATTR_FAMILY_ID).u16()
}

function genericRequest(
  what: string,
  type: number,
  command: number,
  version: number,
  body: (writer: MessageWriter) => void,
): NetlinkRequest {
  return {
    what,
    type,
    body: (writer) => {
      writer.raw(Uint8Array.of(command, version, 0, 0))
      body(writer)
    },
  }
}

function attributesOf({ payload }: { readonly payload: Span }): Span {
  return payload.after(genericHeaderBytes)
}
