import type { Io } from '../io.ts'
import { formatData } from '../output/data.ts'
import { styleFor } from '../output/style.ts'
import { formatBlocked, formatDisagreements, formatMatrix, matrixAsData } from './format-matrix.ts'
import type { Finding } from './measure.ts'

/** `wide` is for those who type it by habit: the table has everything already. */
export type MatrixFormat = 'table' | 'wide' | 'json' | 'yaml'

/** The matrix, a line for each blocked connection, and where the kernel does otherwise than policy says. */
export async function writeMatrix(
  findings: readonly Finding[],
  format: MatrixFormat,
  { stdout, stderr, env }: Pick<Io, 'stdout' | 'stderr' | 'env'>,
): Promise<void> {
  if (format === 'json' || format === 'yaml') {
    stdout.write(await formatData(matrixAsData(findings), format))
    return
  }
  stdout.write(formatMatrix(findings, styleFor(stdout, env)))
  const blocked = formatBlocked(findings)
  if (blocked !== '') stdout.write(`\n${blocked}`)
  stderr.write(formatDisagreements(findings))
}
