import { expect, test } from 'vitest'
import {
  type Cidr,
  cidrContains,
  cidrCovers,
  formatCidr,
  hostCidr,
  isMaskedCidr,
  parseCidr,
  parseCidrOrIp,
} from './cidr.ts'
import { parseIp } from './ip.ts'

test.each([
  ['10.0.0.0/8', '10.0.0.0/8', true],
  ['10.1.2.3/8', '10.0.0.0/8', false],
  ['10.1.2.3/32', '10.1.2.3/32', true],
  ['1.2.3.4/0', '0.0.0.0/0', false],
  ['::/0', '::/0', true],
  ['2001:DB8::1/32', '2001:db8::/32', false],
  ['2001:db8:0::/48', '2001:db8::/48', true],
  ['::ffff:10.0.0.0/104', '10.0.0.0/8', true],
  ['::ffff:10.1.0.0/104', '10.0.0.0/8', false],
  ['::ffff:10.1.2.3/64', '::/64', false],
])('%s is %s (masked: %s)', (text, canonical, isMasked) => {
  const cidr = parseCidr(text)
  expect(cidr && formatCidr(cidr)).toBe(canonical)
  expect(isMaskedCidr(text)).toBe(isMasked)
})

test.each([
  '10.0.0.1',
  '10.0.0.0/',
  '/8',
  '10.0.0.0/33',
  '::/129',
  '10.0.0.0/08',
  '10.0.0.0/-1',
  '10.0.0.0/+8',
  '10.0.0.0/8/8',
  '10.0.0.0/8 ',
  '10.0.0/8',
  '010.0.0.0/8',
  'fe80::%eth0/64',
  '10.0.0.0/255.0.0.0',
])('%s is not a CIDR', (text) => {
  expect(parseCidr(text)).toBeUndefined()
  expect(isMaskedCidr(text)).toBe(false)
})

test('a bare address is the CIDR of that address alone, where one may be given', () => {
  expect(parseCidrOrIp('10.0.0.1')).toEqual(parseCidr('10.0.0.1/32'))
  expect(parseCidrOrIp('2001:db8::1')).toEqual(parseCidr('2001:db8::1/128'))
  expect(parseCidrOrIp('10.0.0.0/8')).toEqual(parseCidr('10.0.0.0/8'))
  expect(parseCidrOrIp('example.com')).toBeUndefined()
})

const cidr = (text: string): Cidr => parseCidrOrIp(text) ?? expect.fail(`${text} does not parse`)
const ip = (text: string) => parseIp(text) ?? expect.fail(`${text} does not parse`)

test.each([
  ['10.0.0.0/8', '10.255.255.255', true],
  ['10.0.0.0/8', '11.0.0.0', false],
  ['0.0.0.0/0', '255.255.255.255', true],
  ['0.0.0.0/0', '::', false],
  ['::/0', '10.0.0.1', false],
  ['2001:db8::/32', '2001:db8:ffff::1', true],
  ['2001:db8::/32', '2001:db9::', false],
  ['10.0.0.1/32', '10.0.0.1', true],
])('%s contains %s: %s', (net, address, want) => {
  expect(cidrContains(cidr(net), ip(address))).toBe(want)
})

test.each([
  ['10.0.0.0/8', '10.1.0.0/16', true],
  ['10.0.0.0/8', '10.0.0.0/8', true],
  ['10.1.0.0/16', '10.0.0.0/8', false],
  ['10.0.0.0/8', '11.0.0.0/16', false],
  ['0.0.0.0/0', '::/0', false],
  ['::/0', '2001:db8::/32', true],
])('%s covers %s: %s', (outer, inner, want) => {
  expect(cidrCovers(cidr(outer), cidr(inner))).toBe(want)
})

test('the CIDR of a host holds that host only', () => {
  expect(formatCidr(hostCidr(ip('10.0.0.1')))).toBe('10.0.0.1/32')
  expect(formatCidr(hostCidr(ip('::1')))).toBe('::1/128')
})
