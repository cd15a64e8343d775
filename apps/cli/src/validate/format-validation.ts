/** The results of a check for a person: a row for each object, and for each thing that is wrong. */
import type { Io } from '../io.ts'
import { type Style, styleFor } from '../output/style.ts'
import { type Cell, renderTable } from '../output/table.ts'
import type { FieldError, Validation } from './validate-documents.ts'

export function formatValidation(
  validations: readonly Validation[],
  { stdout, env }: Pick<Io, 'stdout' | 'env'>,
): string {
  const { good, bad, mixed } = styleFor(stdout, env)
  const rows = validations.flatMap((it): Cell[][] => {
    const who = [it.kind, it.namespace === undefined ? it.name : `${it.namespace}/${it.name}`]
    const row = (text: string, paint: Style['good'], { line, path, message }: FieldError): Cell[] => [
      `${it.file}:${line}`,
      ...who,
      { text, paint },
      path === '' ? message : `${path}: ${message}`,
    ]
    const warnings = it.warnings.map((warning) => row('warning', mixed, warning))
    if (it.valid) return [[`${it.file}:${it.line}`, ...who, { text: 'valid', paint: good }], ...warnings]
    return [...it.errors.map((error) => row('invalid', bad, error)), ...warnings]
  })
  return `${renderTable(['PLACE', 'KIND', 'NAME', 'RESULT', 'WHY'], rows)}${summarize(validations)}\n`
}

function summarize(validations: readonly Validation[]): string {
  const invalid = validations.filter(({ valid }) => !valid).length
  const warnings = validations.flatMap((it) => it.warnings).length
  const objects = `${validations.length} object${validations.length === 1 ? '' : 's'}`
  const warned = warnings === 0 ? '' : `, ${warnings} warning${warnings === 1 ? '' : 's'}`
  return (invalid === 0 ? `${objects}, all valid` : `${objects}, ${invalid} invalid`) + warned
}
