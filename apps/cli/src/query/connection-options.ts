/** The flags by which a person describes a connection: `margay query` and `margay explain` share them. */
import type { Command } from 'commander'

export function addConnectionOptions(command: Command): Command {
  return command
    .option('--from <peer>', 'who connects')
    .option('--to <peer>', 'to whom')
    .option('--protocol <name>', 'TCP, UDP, SCTP, ICMP, ICMPv6, or a number from 0 to 255 (default: TCP)')
    .option('--port <number>', 'destination port; 53/udp gives the protocol too')
    .option('--source-port <number>', 'for rules about source ports')
    .option('--icmp-type <number>', 'of an ICMP message (default: an echo request)')
    .option('--icmp-code <number>', 'of an ICMP message (default: 0)')
    .option('--ip-version <4|6>', 'by default one that both sides have')
    .option('--from-ip <address>', 'the address that the source has')
    .option('--to-ip <address>', 'the address that the destination has')
    .option(
      '--to-name <name>',
      'a name by which DNS knows the address that is connected to, for rules with domains; may be repeated',
      collect,
    )
    .option('--http <request>', "a request in the connection, as 'GET /api', for rules with http")
    .option('--header <line>', "a header of that request, as 'X-Team: a'; may be repeated", collect)
    .option('--staged', 'as if the staged policies were enforced')
}

export function collect(text: string, others: readonly string[] = []): string[] {
  return [...others, text]
}

export const peerNotes =
  'from and to are namespace/pod, namespace/workload (a Deployment and the like), an IP address, or one of\n' +
  '  10.0.0.0/8               every address of it\n' +
  '  host/NAME                a host endpoint or a node: its own processes\n' +
  '  netset/NAMESPACE/NAME    every address of a NetworkSet; globalnetworkset/NAME of a GlobalNetworkSet\n' +
  '  svc/NAMESPACE/NAME       what is behind a Service, with --port as the port of the service\n' +
  'Where the answer differs between the addresses or pods that are meant, it is Mixed, with each of them.\n'
