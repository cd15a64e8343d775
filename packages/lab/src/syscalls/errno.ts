/** Names for the errno values that probes meet, from Node's own table. */
import { constants } from 'node:os'

const names = new Map(Object.entries(constants.errno).map(([name, value]) => [value as number, name]))

export const errno = constants.errno

/** `ECONNREFUSED` for 111; `errno 9999` for a number without a name. */
export function errnoName(value: number): string {
  return names.get(value) ?? `errno ${value}`
}
