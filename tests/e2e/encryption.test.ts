/** Encryption between nodes, on the real thing: wireguard-go, real packets, captured between the nodes. Needs root; runs a lab of its own. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EncryptedLab, type Version } from './encryption/encrypted-lab.ts'

let lab: EncryptedLab

beforeAll(async () => {
  lab = await EncryptedLab.start('e2e-encryption')
  await lab.startAgents()
}, 120_000)
afterAll(async () => {
  expect(await lab?.close()).toEqual([])
})

const allOn = { wireguardEnabled: true, wireguardEnabledV6: true }
const versions: readonly Version[] = [4, 6]

describe.each(versions)('over IPv%d', (version) => {
  test('switched off, what pods say can be read between nodes; switched on, it can’t, and they talk as before', async () => {
    await lab.settings('default', {})
    const off = await lab.listen(() => lab.talks('a1', 'b1', version))
    expect(off.result).toBe(true)
    expect(off.capture.hasPlaintext).toBe(true)
    await lab.settings('default', allOn)
    await lab.untilEncrypted({ 'node-1': 2, 'node-2': 2, 'node-3': 2 }, version)
    const on = await lab.listen(() => lab.talks('a1', 'b1', version))
    expect(on.result).toBe(true)
    expect(on.capture.hasPlaintext).toBe(false)
  })
})
