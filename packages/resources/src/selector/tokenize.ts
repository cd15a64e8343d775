/**
 * From the text of a selector to its tokens.
 *
 * No word is reserved: after a label an operator is read, and anywhere else a bare word is a label, so that
 * `in in {"a"}` is legal. Blanks are spaces and tabs only. A piece that fits nowhere becomes one `Invalid` token, which
 * ends the list; the parser reports it if it gets that far. Cost: linear in the text.
 * Source: the selector grammar of the Calico API, as spec'd for `selector` fields.
 */
import { longestLabel } from './selector.ts'

export type OperatorKind = 'Equals' | 'NotEquals' | 'Contains' | 'StartsWith' | 'EndsWith' | 'In' | 'NotIn'

export type TokenKind =
  | OperatorKind
  | 'Label'
  | 'String'
  | 'Has'
  | 'All'
  | 'Global'
  | 'Not'
  | 'And'
  | 'Or'
  | 'LeftParen'
  | 'RightParen'
  | 'LeftBrace'
  | 'RightBrace'
  | 'Comma'
  | 'End'
  | 'Invalid'

export interface Token {
  readonly kind: TokenKind
  /** Where it starts, from 0, in UTF-16 units. */
  readonly position: number
  /** The label of Label and Has; the content of String; what was expected for Invalid; else empty. */
  readonly value: string
}

/** Never throws. The last token is End or Invalid. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  let position = skipBlanks(text, 0)
  let previous: TokenKind | undefined
  while (position < text.length) {
    const { token, end } = readToken(text, position, previous)
    tokens.push(token)
    if (token.kind === 'Invalid') return tokens
    previous = token.kind
    position = skipBlanks(text, end)
  }
  return [...tokens, { kind: 'End', position, value: '' }]
}

/** What may stand behind a label. */
export const operatorNames = '==, !=, in, not in, contains, starts with or ends with'

interface Lexeme {
  readonly token: Token
  readonly end: number
}

function readToken(text: string, position: number, previous: TokenKind | undefined): Lexeme {
  const rules = previous === 'Label' ? operatorRules : operandRules
  for (const [kind, pattern] of rules) {
    pattern.lastIndex = position
    const match = pattern.exec(text)
    if (match === null) continue
    const content = match[1] ?? match[2] ?? ''
    const value = kind === 'String' ? content : asName(content)
    return checkLabel({ token: { kind, position, value }, end: pattern.lastIndex })
  }
  return invalid(...explain(text, position, previous))
}

type Rule = readonly [TokenKind, RegExp]

// A keyword ends where no label could go on: `inside` is not `in`.
const operatorRules: readonly Rule[] = [
  ['Equals', /==/y],
  ['NotEquals', /!=/y],
  ['In', /in(?![A-Za-z0-9_./-])/y],
  ['NotIn', /not[ \t]*in(?![A-Za-z0-9_./-])/y],
  ['Contains', /contains(?![A-Za-z0-9_./-])/y],
  ['StartsWith', /starts[ \t]*with(?![A-Za-z0-9_./-])/y],
  ['EndsWith', /ends[ \t]*with(?![A-Za-z0-9_./-])/y],
]

const operandRules: readonly Rule[] = [
  ['LeftParen', /\(/y],
  ['RightParen', /\)/y],
  ['LeftBrace', /\{/y],
  ['RightBrace', /\}/y],
  ['Comma', /,/y],
  ['And', /&&/y],
  ['Or', /\|\|/y],
  ['Not', /!/y],
  ['String', /"([^"]*)"|'([^']*)'/y],
  ['Has', /has\([ \t]*([A-Za-z0-9_./-]+)[ \t]*\)/y],
  ['All', /all\([ \t]*\)/y],
  ['Global', /global\([ \t]*\)/y],
  ['Label', /([A-Za-z0-9_./-]+)(?![A-Za-z0-9_./(-])/y],
]

/**
 * The same text as the engine keeps it for names of properties, as which objects have their labels: comparing two of these is comparing
 * where they are.
 */
function asName(text: string): string {
  return Object.keys({ [text]: true })[0] ?? text
}

function checkLabel(lexeme: Lexeme): Lexeme {
  const { kind, position, value } = lexeme.token
  if (kind === 'String' || value.length <= longestLabel) return lexeme
  return invalid(position, `a label name of at most ${longestLabel} characters`)
}

function invalid(position: number, expected: string): Lexeme {
  return { token: { kind: 'Invalid', position, value: expected }, end: position }
}

/** Where exactly a piece goes wrong, and what would have been right there. */
function explain(text: string, position: number, previous: TokenKind | undefined): [number, string] {
  const rest = text.slice(position)
  if (previous === 'Label') return [position, `an operator (${operatorNames})`]
  if (rest.startsWith('"') || rest.startsWith("'")) return [text.length, `a closing ${rest[0]}`]
  if (rest.startsWith('&')) return [position, '"&&"']
  if (rest.startsWith('|')) return [position, '"||"']
  return explainCall(text, position) ?? [position, 'a label, "!", "(", has(label), all() or global()']
}

const callStart = /(?:(has)|all|global)\([ \t]*([A-Za-z0-9_./-]*)[ \t]*/y

function explainCall(text: string, position: number): [number, string] | undefined {
  callStart.lastIndex = position
  const call = callStart.exec(text)
  if (call === null) return undefined
  const needsLabel = call[1] !== undefined && call[2] === ''
  const wrong = call[1] === undefined ? text.indexOf('(', position) + 1 : callStart.lastIndex
  return [wrong, needsLabel ? 'a label name' : 'a closing parenthesis']
}

function skipBlanks(text: string, from: number): number {
  let position = from
  while (text[position] === ' ' || text[position] === '\t') position += 1
  return position
}
