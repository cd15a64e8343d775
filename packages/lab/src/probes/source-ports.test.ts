import { expect, test } from 'vitest'
import { firstSourcePort, SourcePorts, sourcePortCount } from './source-ports.ts'

test('the sequence goes through every port of its range and starts again', () => {
  const ports = new SourcePorts(5)
  const round = Array.from({ length: sourcePortCount }, () => ports.take())
  expect(new Set(round).size).toBe(sourcePortCount)
  expect(Math.min(...round)).toBe(firstSourcePort)
  expect(Math.max(...round)).toBeLessThanOrEqual(65535)
  expect(ports.take()).toBe(round[0])
})

test('the number of ports is prime, so that no matrix falls into step with it', () => {
  const divisors = Array.from({ length: 252 }, (_, index) => index + 2)
  expect(divisors.filter((divisor) => sourcePortCount % divisor === 0)).toEqual([])
  expect(254 ** 2).toBeGreaterThan(sourcePortCount)
})
