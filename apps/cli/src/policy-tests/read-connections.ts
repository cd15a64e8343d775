/** The connections that one test is about: each of its sources to each of its destinations at each of its ports, with each of its requests. */
import { hasPorts } from '@margay/policy'
import { usageError } from '../errors.ts'
import { readNames } from '../query/read-details.ts'
import { type Query, readDetails, readPort, readProtocol } from '../query/read-queries.ts'
import type { TestFields } from './document-schema.ts'

type Service = Pick<Query, 'protocol' | 'port'>

/** `at` gives the place of a field and its path, for messages. @throws CliError */
export function readConnections(fields: TestFields, at: (field: string) => string): Query[] {
  const services = readServices(fields, at).flatMap((service) => readRequests(service, fields, at))
  return fields.from.flatMap((from) =>
    fields.to.flatMap((to) => services.map((service) => ({ id: '', from, to, ...service }))),
  )
}

function readRequests(
  service: Service,
  { http, headers, toNames }: TestFields,
  at: (field: string) => string,
): Omit<Query, 'id' | 'from' | 'to'>[] {
  const where = (index: number) => (field: string) => {
    if (field === 'headers') return at(field)
    if (field !== 'http') return `${at('port')}: ${field}`
    return at(http.length === 0 ? field : `http[${index}]`)
  }
  const requests = http.length === 0 ? [undefined] : http
  return requests.map((request, index) => ({
    ...service,
    ...readDetails({ http: request, headers }, service.protocol, where(index)),
    toNames: readNames(toNames, at('toNames')),
  }))
}

function readServices({ port, protocol }: TestFields, at: (field: string) => string): Service[] {
  const common = protocol === undefined ? undefined : readProtocol(protocol, at('protocol'))
  if (port.length > 0) return port.map((it, index) => readService(it, common, at(`port[${index}]`)))
  if (common === undefined || hasPorts(common))
    throw usageError(`${at('port')}: is required, such as 443/tcp; only protocols such as ICMP have none`)
  return [{ protocol: common, port: undefined }]
}

/** 443, `443`, `443/tcp`; without a protocol it is that of the test, or TCP. */
function readService(port: number | string, common: number | undefined, where: string): Service {
  const match = /^(\d{1,5})(?:\/([A-Za-z\d]+))?$/.exec(String(port))
  if (match === null)
    throw usageError(
      `${where}: must be a port and a protocol such as 443/tcp or 53/udp, but is ${JSON.stringify(port)}`,
    )
  const [, number, name] = match
  const own = name === undefined ? undefined : readProtocol(name, where)
  if (own !== undefined && common !== undefined && own !== common)
    throw usageError(`${where}: names another protocol than protocol does; name it once`)
  const protocol = own ?? common ?? readProtocol('TCP', where)
  return { protocol, port: readPort(Number(number), protocol, where) }
}
