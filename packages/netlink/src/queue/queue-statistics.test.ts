import { expect, test } from 'vitest'
import { parseQueueStatistics } from './queue-statistics.ts'

const text = `    7  31042     3 2 65531     0     2       19  1
 1053  31043     0 2 65531     5     0        0  1
`

test('a queue is found by its number alone', () => {
  expect(parseQueueStatistics(7, text)).toEqual({ held: 3, droppedFull: 0, droppedUnread: 2, lastId: 19 })
  expect(parseQueueStatistics(1053, text)).toEqual({ held: 0, droppedFull: 5, droppedUnread: 0, lastId: 0 })
  expect(parseQueueStatistics(3, text)).toBeUndefined()
  expect(parseQueueStatistics(0, '')).toBeUndefined()
})
