/** Sends a probe about each millisecond until the kernel decides as wanted. */
import { setTimeout as sleep } from 'node:timers/promises'
import { firstDecidedAnew, type Probe } from './first-decided-anew.ts'
import type { Toggle } from './toggle-world.ts'

/** Says whether it arrived. */
export type SendProbe = () => Promise<boolean>

const giveUpMs = 10_000

/** When the first probe that was decided anew was sent. @throws Error when the kernel does not follow in 10 s */
export async function awaitDecision(send: SendProbe, wanted: Toggle): Promise<number> {
  const probes: Probe[] = []
  const start = performance.now()
  while (performance.now() - start < giveUpMs) {
    launch(send, probes)
    await sleep(1)
    const at = firstDecidedAnew(probes, wanted)
    if (at !== undefined) return at
  }
  throw new Error(`the kernel did not turn to ${wanted} within ${giveUpMs / 1000} s`)
}

function launch(send: SendProbe, probes: Probe[]): void {
  const probe: Probe = { startedAt: performance.now(), hasReached: undefined }
  probes.push(probe)
  void send().then((hasReached) => {
    probe.hasReached = hasReached
  })
}
