/**
 * Shakes hands with many peers, some at a time: a process that shakes hands with thousands at once answers nobody meanwhile, and waits for
 * those that are away, since its socket holds a few hundred packets for neighbours that are looked for (seen with wireguard-go).
 */
import type { Clock } from '@margay/client'
import type { WireguardControl } from '@margay/netlink'
import { greetings } from './peer-changes.ts'

const atOnce = 20
/** A neighbour is looked for during three seconds. */
const eachMs = 250

export class PacedGreetings {
  readonly #clock: Pick<Clock, 'after'>
  #waiting: string[] = []
  #cancel: () => void = () => undefined

  constructor(clock: Pick<Clock, 'after'>) {
    this.#clock = clock
  }

  /** In place of what was still to do. Peers that are not there any more are left out by the device. */
  begin(
    control: Pick<WireguardControl, 'change'>,
    publicKeys: readonly string[],
    keepaliveSeconds: number,
  ): void {
    this.stop()
    this.#waiting = [...publicKeys]
    this.#goOn(control, keepaliveSeconds)
  }

  stop(): void {
    this.#cancel()
    this.#waiting = []
  }

  #goOn(control: Pick<WireguardControl, 'change'>, keepaliveSeconds: number): void {
    const some = this.#waiting.splice(0, atOnce)
    if (some.length === 0) return
    this.#cancel = this.#clock.after(eachMs, () => {
      // What fails is seen by whoever keeps the device, and a peer that is not greeted is so by the first packet.
      void control.change({ peers: greetings(some, keepaliveSeconds) }).catch(() => undefined)
      this.#goOn(control, keepaliveSeconds)
    })
  }
}
