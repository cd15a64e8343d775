import type { Io } from '../io.ts'
import { formatData } from '../output/data.ts'
import { styleFor } from '../output/style.ts'
import type { Explained } from './explain-query.ts'
import { formatText } from './format-text.ts'
import type { Origins } from './origins.ts'
import { toData } from './to-data.ts'

export async function writeExplanation(
  explained: Explained,
  origins: Origins,
  output: 'text' | 'json' | 'yaml',
  { stdout, env }: Pick<Io, 'stdout' | 'env'>,
): Promise<void> {
  const text =
    output === 'text'
      ? formatText(explained, { origins, style: styleFor(stdout, env) })
      : await formatData(toData(explained, origins), output)
  stdout.write(text)
}
