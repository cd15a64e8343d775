/** Values as JSON or YAML. */
export type DataFormat = 'json' | 'yaml'

export function isDataFormat(format: string): format is DataFormat {
  return format === 'json' || format === 'yaml'
}

/**
 * With its line end. The writer of YAML is loaded when it is needed. It stands in a module of ours: of a CommonJS package
 * that is imported dynamically, the bundle has no named exports.
 */
export async function formatData(value: unknown, format: DataFormat): Promise<string> {
  if (format === 'json') return `${JSON.stringify(value, null, 2)}\n`
  const { formatYaml } = await import('./yaml.ts')
  return formatYaml(value)
}
