/**
 * Questions at a constant rate, whether answers come or not (open loop), and how long each answer took. What is due is sent each
 * millisecond: a sender that asked the clock all the time would take the core from those that answer.
 */
import { udpSocketFor } from './ask.ts'
import type { AnswerTimes, AnswerTimesTask } from './client-task.ts'
import { queryMessage } from './messages.ts'

/** Answers that are still on their way are waited for. */
const lastAnswersMs = 500

export async function answerTimes({ question, perSecond, seconds }: AnswerTimesTask): Promise<AnswerTimes> {
  const total = Math.round(perSecond * seconds)
  const sentAt = new Float64Array(total)
  const milliseconds: number[] = []
  const sockets = await Promise.all(
    Array.from({ length: Math.ceil(total / idsOfSocket) }, async (_, index) => {
      const socket = udpSocketFor(question.server)
      socket.on('message', (message) => {
        const number = index * idsOfSocket + message.readUInt16BE(0)
        milliseconds.push(performance.now() - (sentAt[number] ?? Number.NaN))
      })
      await new Promise<void>((resolve) => socket.connect(53, question.server, resolve))
      return socket
    }),
  )
  const messages = Array.from({ length: total }, (_, number) =>
    queryMessage({ ...question, name: question.name.replace('#', String(number)) }, number % idsOfSocket),
  )
  const begin = performance.now() + 5
  for (let number = 0; number < total; ) {
    const due = Math.min(total, Math.floor(((performance.now() - begin) / 1000) * perSecond) + 1)
    for (; number < due; number++) {
      sentAt[number] = performance.now()
      sockets[Math.floor(number / idsOfSocket)]?.send(messages[number] ?? '')
    }
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await new Promise((resolve) => setTimeout(resolve, lastAnswersMs))
  for (const socket of sockets) socket.close()
  return { sent: total, milliseconds }
}

/** Questions for each port: fewer than there are numbers. */
const idsOfSocket = 1000
