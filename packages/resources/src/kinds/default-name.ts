import type { KindDefinition } from './kind-definition.ts'

/**
 * The object with the name that its kind has for one without; the input itself where there is nothing to fill in, or nothing
 * that could be filled.
 */
export function withDefaultName({ defaultName }: KindDefinition, input: unknown): unknown {
  if (defaultName === undefined || !isRecord(input)) return input
  const metadata = input.metadata ?? {}
  if (!isRecord(metadata) || isNamed(metadata)) return input
  return { ...input, metadata: { ...metadata, name: defaultName } }
}

/** A name that is no text is for the schema to refuse, and a prefix asks the server to make one up. */
function isNamed({ name, generateName }: Readonly<Record<string, unknown>>): boolean {
  return [name, generateName].some((it) => it !== undefined && it !== null && it !== '')
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
