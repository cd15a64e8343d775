import { expect, test } from 'vitest'
import { formatIp, parseIp } from './ip.ts'

test.each([
  ['0.0.0.0', 4, 0n, '0.0.0.0'],
  ['10.0.0.1', 4, 0x0a00_0001n, '10.0.0.1'],
  ['255.255.255.255', 4, 0xffff_ffffn, '255.255.255.255'],
  ['::', 6, 0n, '::'],
  ['::1', 6, 1n, '::1'],
  ['2001:DB8::00a', 6, (0x2001_0db8n << 96n) | 0xan, '2001:db8::a'],
  ['1:2:3:4:5:6:7::', 6, 0x0001_0002_0003_0004_0005_0006_0007_0000n, '1:2:3:4:5:6:7:0'],
  ['64:ff9b::192.0.2.1', 6, (0x0064_ff9bn << 96n) | 0xc000_0201n, '64:ff9b::c000:201'],
  ['1:2:3:4:5:6:1.2.3.4', 6, 0x0001_0002_0003_0004_0005_0006_0102_0304n, '1:2:3:4:5:6:102:304'],
  ['::ffff:10.0.0.1', 4, 0x0a00_0001n, '10.0.0.1'],
  ['::FFFF:0a00:0001', 4, 0x0a00_0001n, '10.0.0.1'],
] as const)('%s is version %i, and its canonical text reads the same', (text, version, value, canonical) => {
  expect(parseIp(text)).toEqual({ version, value })
  expect(formatIp({ version, value })).toBe(canonical)
})

test.each([
  ['', 'nothing'],
  ['10.0.0', 'three parts'],
  ['10.0.0.0.0', 'five parts'],
  ['010.0.0.1', 'a leading zero, which some read as octal'],
  ['10.0.0.256', 'a part above 255'],
  ['10.0.0.-1', 'a sign'],
  ['0x0a.0.0.1', 'hexadecimal'],
  ['167772161', 'one number'],
  [' 10.0.0.1', 'a blank before'],
  ['10.0.0.1\n', 'a newline behind'],
  ['10.0.0.1/32', 'a prefix length'],
  ['10.0.0.1:80', 'a port'],
  [':', 'one colon'],
  [':::', 'three colons'],
  ['1::2::3', 'two gaps'],
  ['1:2:3:4:5:6:7', 'seven groups'],
  ['1:2:3:4:5:6:7:8:9', 'nine groups'],
  ['1:2:3:4::5:6:7:8', 'a gap that stands for nothing'],
  ['12345::', 'five digits'],
  ['::g', 'a digit that is none'],
  ['fe80::1%eth0', 'a zone'],
  ['[::1]', 'brackets'],
  ['1.2.3.4::', 'IPv4 that is not at the end'],
  ['1:2:3:4:5:6:7:1.2.3.4', 'IPv4 where one group is left'],
  ['::1.2.3', 'half an IPv4'],
  [`${'0'.repeat(5000)}::`, 'a very long text'],
])('%s is refused: %s', (text) => {
  expect(parseIp(text)).toBeUndefined()
})

test.each([
  [0n, '::'],
  [1n << 112n, '1::'],
  [0x0001_0000_0000_0001_0000_0000_0000_0001n, '1:0:0:1::1'],
  [0x0001_0000_0000_0001_0000_0000_0001_0001n, '1::1:0:0:1:1'],
  [0x0001_0000_0001_0001_0001_0001_0001_0001n, '1:0:1:1:1:1:1:1'],
  [0xffff_0102_0304n, '::ffff:1.2.3.4'],
])('RFC 5952: %i is written %s', (value, text) => {
  expect(formatIp({ version: 6, value })).toBe(text)
})
