import type { Command, Option } from 'commander'

export type IpVersionText = '4' | '6'

export function ipVersionOption(command: Command): Option {
  return command
    .createOption(
      '--ip-version <version>',
      'only IPv4 or IPv6 (default: those in which somebody has an address)',
    )
    .choices(['4', '6'])
}
