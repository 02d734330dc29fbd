/** Which thread describes which module, with describers that are objects of the test. */
import { describe, expect, it } from 'vitest'
import type { DescribeReply } from '../../src/kernel/thread-questions.js'
import { describeTogether, type SharedDescriber } from '../../src/supervise/describe/describe-together.js'

/** What a module does when it is imported in the company of others, or alone. */
type Import = 'described' | 'refused' | 'lost'

interface Script {
  readonly width: number
  /** By module; the default is that it is described both ways. */
  readonly shared?: Readonly<Record<string, Import>>
  readonly alone?: Readonly<Record<string, Exclude<Import, 'lost'>>>
}

/** What each describer was asked for; `-` stands for its end. A new thread for one module is written as `+module`. */
async function describeWith(modules: readonly string[], { width, shared = {}, alone = {} }: Script) {
  const asked: string[][] = []
  const news: string[] = []
  const replies = await describeTogether(modules, {
    width,
    share(): SharedDescriber {
      const own: string[] = []
      asked.push(own)
      return {
        async describe(module) {
          own.push(module)
          await Promise.resolve()
          const how = shared[module] ?? 'described'
          return how === 'lost' ? undefined : replyOf(module, how, 'shared')
        },
        async close() {
          own.push('-')
        },
      }
    },
    async alone(module) {
      news.push(module)
      await Promise.resolve()
      return replyOf(module, alone[module] ?? 'described', 'alone')
    },
  })
  return { asked, news, replies }
}

function replyOf(module: string, kind: 'described' | 'refused', where: string): DescribeReply {
  return kind === 'described' ? { kind, services: [] } : { kind, problems: [`${module} ${where}`] }
}

const problemsOf = (replies: readonly DescribeReply[]) =>
  replies.map((reply) => (reply.kind === 'refused' ? reply.problems.join() : '')).filter((text) => text !== '')

describe('modules that are described together', () => {
  it('modules are dealt out over the shared describers, which are ended (invariant 4)', async () => {
    const { asked, news, replies } = await describeWith(['a', 'b', 'c', 'd', 'e'], { width: 2 })
    expect(asked.map((own) => own.at(-1))).toEqual(['-', '-'])
    expect(asked.map((own) => own.length)).toEqual([4, 3])
    expect(
      asked
        .flat()
        .filter((module) => module !== '-')
        .sort(),
    ).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(news).toEqual([])
    expect(replies).toHaveLength(5)
  })

  it.each([1, 2, 3])('%d modules have threads of their own where three may run at once', async (count) => {
    const modules = ['a', 'b', 'c'].slice(0, count)
    const { asked, news } = await describeWith(modules, { width: 3 })
    expect({ asked, news }).toEqual({ asked: [], news: modules })
  })

  it('every reply is in the place of its module, wherever it comes from (invariant 1)', async () => {
    const { replies } = await describeWith(['a', 'b', 'c', 'd', 'e', 'f'], {
      width: 2,
      shared: { b: 'lost', e: 'refused', f: 'refused' },
      alone: { b: 'refused', e: 'refused', f: 'refused' },
    })
    expect(replies.map(({ kind }) => kind[0])).toEqual(['d', 'r', 'd', 'd', 'r', 'r'])
    expect(problemsOf(replies)).toEqual(['b alone', 'e alone', 'f alone'])
  })

  it('a module that is refused in the company of others is described again on a thread of its own (invariant 2)', async () => {
    const { asked, news, replies } = await describeWith(['a', 'b', 'c'], { width: 1, shared: { b: 'refused' } })
    expect(asked).toEqual([['a', 'b', 'c', '-']])
    expect(news).toEqual(['b'])
    expect(problemsOf(replies)).toEqual([])
  })

  it('the refusal of the first module of a thread counts: it was in no company (invariant 2)', async () => {
    const { news, replies } = await describeWith(['a', 'b'], { width: 1, shared: { a: 'refused' } })
    expect(news).toEqual([])
    expect(problemsOf(replies)).toEqual(['a shared'])
  })

  it('a module that was refused first is company for those that follow (invariant 2)', async () => {
    const { news, replies } = await describeWith(['a', 'b'], { width: 1, shared: { a: 'refused', b: 'refused' } })
    expect(news).toEqual(['b'])
    expect(problemsOf(replies)).toEqual(['a shared'])
  })

  it('after the loss of a shared thread its module and those after it have threads of their own (invariant 3)', async () => {
    const { asked, news, replies } = await describeWith(['a', 'b', 'c', 'd'], {
      width: 1,
      shared: { b: 'lost' },
      alone: { b: 'refused' },
    })
    expect(asked).toEqual([['a', 'b', '-']])
    expect(news).toEqual(['b', 'c', 'd'])
    expect(problemsOf(replies)).toEqual(['b alone'])
  })

  it('a module whose shared thread another one has ended is not blamed (invariant 3)', async () => {
    const { news, replies } = await describeWith(['a', 'b', 'c'], { width: 1, shared: { b: 'lost' } })
    expect(news).toEqual(['b', 'c'])
    expect(problemsOf(replies)).toEqual([])
  })

  it('the loss of one shared thread leaves the others shared (invariant 3)', async () => {
    const { asked, news } = await describeWith(['a', 'b', 'c', 'd', 'e', 'f'], { width: 2, shared: { a: 'lost' } })
    expect(asked[0]).toEqual(['a', '-'])
    expect(asked[1]!.length + news.length).toBe(5 + 1 + 1)
    expect(asked[1]!.length).toBeGreaterThan(2)
  })

  it('when no thread can be had the shared ones are ended before the error is thrown (invariant 4)', async () => {
    const closed: string[] = []
    const failing = describeTogether(['a', 'b', 'c'], {
      width: 2,
      share: () => ({
        describe: async (module) => (module === 'a' ? undefined : { kind: 'described', services: [] }),
        close: async () => void closed.push('closed'),
      }),
      alone: () => Promise.reject(new Error('no memory for a thread')),
    })
    await expect(failing).rejects.toThrow('no memory for a thread')
    expect(closed).toEqual(['closed', 'closed'])
  })
})
