/** Names for errno values, from Node's own table. */
import { constants } from 'node:os'

/** Node leaves out what ordinary programs never see. */
const ERESTART = 85

const names = new Map([
  ...Object.entries(constants.errno).map(([name, value]): [number, string] => [value, name]),
  [ERESTART, 'ERESTART'],
])

export const errno = constants.errno

/** `ENOENT` for 2; `errno 9999` for a number without a name. */
export function errnoName(value: number): string {
  return names.get(value) ?? `errno ${value}`
}
