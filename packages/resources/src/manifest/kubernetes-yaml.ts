/**
 * Which plain words and digits of YAML are booleans, numbers or null.
 *
 * YAML 1.1 and 1.2 differ here, and so do parsers. A manifest must mean the same to us as to kubectl, which reads it with
 * sigs.k8s.io/yaml: `yes`, `no`, `on` and `off` are booleans, `010` is eight, underscores in numbers are ignored, dates
 * and times stay texts, and `1:30` is no number. Anything in quotes is a text.
 *
 * One difference is on purpose: a lone `y` or `n` is a text, as for YAML 1.2 and most parsers of 1.1, since it is a fine
 * name for a namespace. kubectl takes it for a boolean and then refuses it as a name, so no manifest means two things.
 */
import type { ScalarTag } from 'yaml'

const nullTag: ScalarTag = {
  tag: 'tag:yaml.org,2002:null',
  default: true,
  test: /^(?:~|null|Null|NULL)?$/,
  resolve: () => null,
}

const trueTag: ScalarTag = {
  tag: 'tag:yaml.org,2002:bool',
  default: true,
  test: /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/,
  resolve: () => true,
}

const falseTag: ScalarTag = {
  tag: 'tag:yaml.org,2002:bool',
  default: true,
  test: /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/,
  resolve: () => false,
}

const integerTag: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^[-+]?(?:0[bB]_*[01][01_]*|0[oO]_*[0-7][0-7_]*|0[xX]_*[0-9a-fA-F][0-9a-fA-F_]*|[0-9][0-9_]*)$/,
  resolve: parseInteger,
}

const floatTag: ScalarTag = {
  tag: 'tag:yaml.org,2002:float',
  default: true,
  test: /^(?:[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
  resolve: parseFinite,
}

/** For the `customTags` of the yaml library, on top of its `failsafe` schema (mappings, sequences and texts). */
export const kubernetesTags = [nullTag, trueTag, falseTag, integerTag, floatTag, 'merge' as const]

const legacyOctal = /^0[0-7]+$/

function parseInteger(text: string): number {
  const isNegative = text.startsWith('-')
  const digits = text.replace(/^[-+]/, '').replaceAll('_', '')
  const size = legacyOctal.test(digits) ? Number.parseInt(digits, 8) : Number(digits)
  return isNegative && size !== 0 ? -size : size
}

function parseFinite(text: string, onError: (message: string) => void): number | string {
  const value = Number(text.replaceAll('_', ''))
  if (Number.isFinite(value)) return value
  onError(`${text} is not a number that JSON can hold`)
  return text
}
