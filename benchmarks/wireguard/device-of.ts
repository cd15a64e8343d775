/** Whether a node of a lab has a device, and what went through it. */
import type { Lab, LabNode } from '@margay/lab'

const withinMs = 10_000

/** @throws Error when it does not come, or go, within 10 s */
export async function untilDevice(
  lab: Lab,
  node: LabNode,
  device: string,
  isWantedThere: boolean,
): Promise<void> {
  const deadline = performance.now() + withinMs
  while ((await isThere(lab, node, device)) !== isWantedThere)
    if (performance.now() > deadline)
      throw new Error(`${device} of ${node.name} did not ${isWantedThere ? 'come' : 'go'}`)
}

async function isThere(lab: Lab, node: LabNode, device: string): Promise<boolean> {
  const show = ['link', 'show', device]
  return (await lab.runInNode(node, 'ip', show, '', { allowFailure: true })).exitCode === 0
}

/** Bytes. @throws CommandFailedError when there is none */
export async function sentThrough(lab: Lab, node: LabNode, device: string): Promise<number> {
  const { stdout } = await lab.runInNode(node, 'ip', ['-j', '-s', 'link', 'show', device])
  return Number(JSON.parse(stdout)[0].stats64.tx.bytes)
}
