/** Values as JSON or YAML. */
export type DataFormat = 'json' | 'yaml'

export function isDataFormat(format: string): format is DataFormat {
  return format === 'json' || format === 'yaml'
}

/** With its line end. YAML comes so that readers of YAML 1.1, as kubectl, and of 1.2 understand the same. */
export async function formatData(value: unknown, format: DataFormat): Promise<string> {
  if (format === 'json') return `${JSON.stringify(value, null, 2)}\n`
  const { stringify } = await import('yaml')
  return stringify(value, { version: '1.1', aliasDuplicateObjects: false, lineWidth: 0 })
}
