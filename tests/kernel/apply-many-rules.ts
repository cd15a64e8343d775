/** For transaction-is-whole.test.ts: `node apply-many-rules.ts NETNS RULES` applies one transaction of that many rules. */
import { NftCommand } from '@margay/agent'
import { tableName } from '@margay/dataplane'

const [, , netns, count] = process.argv
/** Wherever the text is cut, it is most likely cut between two rules, where nft has no reason to refuse the beginning. */
const space = ' '.repeat(500)
const rules = Array.from({ length: Number(count) }, () => `add rule ${tableName} new counter${space}`)
const commands = [`flush table ${tableName}`, `add chain ${tableName} new`, ...rules, ''].join('\n')

process.stdout.write('applying\n')
await new NftCommand(netns).apply(commands)
