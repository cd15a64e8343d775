/** The results of a check for a person: a row for each object, and for each thing that is wrong. */
import type { Io } from '../io.ts'
import { styleFor } from '../output/style.ts'
import { type Cell, renderTable } from '../output/table.ts'
import type { Validation } from './validate-documents.ts'

export function formatValidation(
  validations: readonly Validation[],
  { stdout, env }: Pick<Io, 'stdout' | 'env'>,
): string {
  const { good, bad } = styleFor(stdout, env)
  const rows = validations.flatMap((it): Cell[][] => {
    const who = [it.kind, it.namespace === undefined ? it.name : `${it.namespace}/${it.name}`]
    if (it.valid) return [[`${it.file}:${it.line}`, ...who, { text: 'valid', paint: good }]]
    return it.errors.map(({ line, path, message }) => [
      `${it.file}:${line}`,
      ...who,
      { text: 'invalid', paint: bad },
      path === '' ? message : `${path}: ${message}`,
    ])
  })
  return `${renderTable(['PLACE', 'KIND', 'NAME', 'RESULT', 'ERROR'], rows)}${summarize(validations)}\n`
}

function summarize(validations: readonly Validation[]): string {
  const invalid = validations.filter(({ valid }) => !valid).length
  const objects = `${validations.length} object${validations.length === 1 ? '' : 's'}`
  return invalid === 0 ? `${objects}, all valid` : `${objects}, ${invalid} invalid`
}
