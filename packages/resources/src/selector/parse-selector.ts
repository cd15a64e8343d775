/**
 * From text to a selector, by recursive descent.
 *
 *     or    = and { "||" and }
 *     and   = unary { "&&" unary }
 *     unary = { "!" } term
 *     term  = has(label) | all() | global() | label operator string | label [not] in set | "(" or ")"
 *     set   = "{" [ string { "," string } [ "," ] ] "}"
 */
import { all, not, type Selector, sortedValues } from './selector.ts'
import { SelectorError } from './selector-error.ts'
import { operatorNames, type Token, type TokenKind, tokenize } from './tokenize.ts'

/**
 * Parentheses may be nested this deep: enough for any selector of the API's 1,024 characters, and far from what the
 * stack can hold.
 */
const deepestNesting = 512

/** An empty or blank text is `all()`. Throws SelectorError for a text that is not a selector. */
export function parseSelector(text: string): Selector {
  return new Parser(text).parse()
}

class Parser {
  readonly #text: string
  readonly #tokens: readonly Token[]
  #next = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text
    this.#tokens = tokenize(text)
  }

  parse(): Selector {
    if (this.#current().kind === 'End') return all()
    const selector = this.#or()
    this.#take('End', '"&&", "||" or the end of the selector')
    return selector
  }

  #or(): Selector {
    return this.#chain('Or', () => this.#chain('And', () => this.#unary()))
  }

  #chain(kind: 'Or' | 'And', parseOperand: () => Selector): Selector {
    const first = parseOperand()
    if (this.#current().kind !== kind) return first
    const operands = [first]
    while (this.#skip(kind)) operands.push(parseOperand())
    // A list that grew has room for sixteen more, and selectors are kept.
    return { kind, operands: operands.slice() }
  }

  #unary(): Selector {
    let isNegated = false
    while (this.#skip('Not')) isNegated = !isNegated
    const term = this.#term()
    return isNegated ? not(term) : term
  }

  #term(): Selector {
    const token = this.#current()
    this.#next += 1
    switch (token.kind) {
      case 'All':
      case 'Global':
        return { kind: token.kind }
      case 'Has':
        return { kind: 'Has', label: token.value }
      case 'Label':
        return this.#comparison(token.value)
      case 'LeftParen':
        return this.#group(token)
      default:
        return this.#fail(token, 'a label, "!", "(", has(label), all() or global()')
    }
  }

  #comparison(label: string): Selector {
    const { kind, ...operator } = this.#current()
    this.#next += 1
    switch (kind) {
      case 'In':
      case 'NotIn':
        return { kind, label, values: this.#set() }
      case 'Equals':
      case 'NotEquals':
      case 'Contains':
      case 'StartsWith':
      case 'EndsWith':
        return { kind, label, value: this.#take('String', 'a value in quotes') }
      default:
        return this.#fail({ kind, ...operator }, `an operator (${operatorNames})`)
    }
  }

  #set(): string[] {
    const values: string[] = []
    this.#take('LeftBrace', 'a set of values, such as {"a", "b"}')
    while (!this.#skip('RightBrace')) {
      if (values.length > 0) this.#take('Comma', '"," or "}"')
      if (values.length > 0 && this.#skip('RightBrace')) break
      values.push(this.#take('String', values.length > 0 ? 'a value in quotes' : 'a value in quotes or "}"'))
    }
    return sortedValues(values)
  }

  #group(open: Token): Selector {
    this.#depth += 1
    if (this.#depth > deepestNesting) this.#fail(open, `at most ${deepestNesting} nested parentheses`)
    const selector = this.#or()
    this.#take('RightParen', '"&&", "||" or a closing parenthesis')
    this.#depth -= 1
    return selector
  }

  #current(): Token {
    return this.#tokens[this.#next] ?? { kind: 'End', position: this.#text.length, value: '' }
  }

  #skip(kind: TokenKind): boolean {
    if (this.#current().kind !== kind) return false
    this.#next += 1
    return true
  }

  /** The value of the current token, which must be of this kind. */
  #take(kind: TokenKind, expected: string): string {
    const token = this.#current()
    if (token.kind !== kind) this.#fail(token, expected)
    this.#next += 1
    return token.value
  }

  #fail(token: Token, expected: string): never {
    const { kind, position, value } = token
    throw new SelectorError(this.#text, position, kind === 'Invalid' ? value : expected)
  }
}
