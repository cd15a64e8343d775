import { expect, test } from 'vitest'
import { ip } from './dns.testkit.ts'
import { type Transaction, Transactions } from './transactions.ts'

const query: Transaction = {
  protocol: 'udp',
  client: ip('10.244.0.7'),
  clientPort: 40_000,
  server: ip('10.96.0.10'),
  serverPort: 53,
  id: 7,
  question: { name: 'a.com', type: 1 },
}

/** What is said of an answer to a query that is the same but for this. */
function said(difference: Partial<Transaction>, afterMs = 10) {
  const transactions = new Transactions()
  transactions.asked(query, 0)
  return transactions.answered({ ...query, ...difference }, afterMs)
}

test.each<[string, Partial<Transaction>, string | undefined]>([
  ['nothing', {}, undefined],
  ['its number', { id: 8 }, 'wrong-transaction'],
  ['its name', { question: { name: 'b.com', type: 1 } }, 'wrong-transaction'],
  ['its type', { question: { name: 'a.com', type: 28 } }, 'wrong-transaction'],
  ['its client', { client: ip('10.244.0.8') }, 'unasked'],
  ['the port of its client', { clientPort: 40_001 }, 'unasked'],
  ['its protocol', { protocol: 'tcp' }, 'unasked'],
  ['its server', { server: ip('10.96.0.11') }, 'wrong-server'],
  ['the port of its server', { serverPort: 5353 }, 'wrong-server'],
  ['the version of its addresses', { client: { version: 6, value: query.client.value } }, 'unasked'],
])('an answer that differs in %s', (_, difference, expected) => {
  expect(said(difference)).toBe(expected)
})

test('an answer that comes too late is not believed, and who asked is forgotten', () => {
  expect(said({}, 15_000)).toBeUndefined()
  expect(said({}, 15_001)).toBe('late')
  const transactions = new Transactions()
  transactions.asked(query, 0)
  transactions.asked({ ...query, id: 8 }, 15_001)
  expect(transactions.size).toBe(1)
})

test('a query is answered once, and as often as it was asked', () => {
  const transactions = new Transactions()
  transactions.asked(query, 0)
  transactions.asked(query, 5)
  expect([1, 2, 3].map(() => transactions.answered(query, 10))).toEqual([undefined, undefined, 'unasked'])
  expect(transactions.size).toBe(0)
})

test('A and AAAA by one port and number are two queries', () => {
  const other = { ...query, question: { name: 'a.com', type: 28 } }
  const transactions = new Transactions()
  transactions.asked(query, 0)
  transactions.asked(other, 0)
  expect([transactions.answered(other, 1), transactions.answered(query, 1)]).toEqual([undefined, undefined])
})

test('who knows of services says which servers are the same', () => {
  const transactions = new Transactions((asked, answer) => asked.serverPort === answer.serverPort)
  transactions.asked(query, 0)
  expect(transactions.answered({ ...query, server: ip('10.244.0.2') }, 1)).toBeUndefined()
})

test('a client that asks much loses its own oldest, and nobody else loses any', () => {
  const limits = { waitMs: 1000, queries: 100, queriesOfClient: 10 }
  const transactions = new Transactions(undefined, limits)
  const other = { ...query, client: ip('10.244.0.8') }
  transactions.asked(other, 0)
  for (let id = 0; id < 1000; id++) transactions.asked({ ...query, id }, 0)
  expect(transactions.size).toBe(11)
  expect(transactions.answered(other, 1)).toBeUndefined()
  expect(transactions.answered({ ...query, id: 989 }, 1)).toBe('wrong-transaction')
  expect(transactions.answered({ ...query, id: 990 }, 1)).toBeUndefined()
})

test('of all clients together so many are kept', () => {
  const transactions = new Transactions(undefined, { waitMs: 1000, queries: 100, queriesOfClient: 10 })
  for (let n = 0; n < 1000; n++) transactions.asked({ ...query, client: { version: 4, value: BigInt(n) } }, 0)
  expect(transactions.size).toBe(100)
})
