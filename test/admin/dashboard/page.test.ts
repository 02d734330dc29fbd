import { html } from 'htm/preact/standalone'
import { describe, expect, it } from 'vitest'
import { parseLogLine } from '../../../src/admin/dashboard/model/log-line.js'
import { runBar, timelineSpanMs } from '../../../src/admin/dashboard/model/timeline.js'
import { page } from '../../../src/admin/dashboard/page.js'
import { renderToString } from '../../../src/admin/dashboard/render-to-string.js'
import { ticksOf } from '../../support/dashboard/fake-entrypoints.js'

describe('views as HTML text', () => {
  it('escapes texts and attributes', () => {
    const evil = `<script>alert("x")</script>'&`
    expect(renderToString(html`<p title=${evil}>${evil}</p>`)).toBe(
      '<p title="&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&#39;&amp;">&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&#39;&amp;</p>',
    )
  })

  it('draws components, lists and conditions, and leaves out listeners and keys', () => {
    const Item = ({ name }: { readonly name: string }) => html`<li>${name}</li>`
    const view = html`<ul key="k" onClick=${() => {}} hidden=${false} open=${true}>
      ${['a', 'b'].map((name) => html`<${Item} name=${name} />`)}${undefined}${0}
    </ul>`
    expect(renderToString(view)).toBe('<ul open><li>a</li><li>b</li>0</ul>')
  })
})

describe('the page for somebody without a token that is needed', () => {
  it('contains no data, and says what to do without JavaScript', () => {
    const text = page(undefined)
    expect(text).toContain('Authorization: Bearer')
    expect(text).not.toContain('<table')
  })
})

describe('the timeline of runs', () => {
  const [slow, fast, skipped] = ticksOf('a.b', [
    [3_000, 6, 1, null, null],
    [2_000, 0, 1, 100_000, 400_000],
    [1_000, 2, 1, 0, 2_000_000],
  ])

  it('puts all runs on one scale, with the time-out of those that reached it', () => {
    const span = timelineSpanMs([slow!, fast!, skipped!])
    expect(span).toBe(2_000)
    expect(runBar(slow!, span, 1_500)).toEqual({ start: 0, end: 100, timeout: 75 })
    expect(runBar(fast!, span, 1_500)).toEqual({ start: 5, end: 25, timeout: undefined })
  })

  it('has no bar for a tick that was not run', () => {
    expect(runBar(skipped!, 2_000, undefined)).toBeUndefined()
  })
})

describe('a log line', () => {
  it('is shown with its time, its level, its message and its own fields', () => {
    const line = JSON.stringify({
      level: 50,
      time: Date.UTC(2026, 0, 1),
      pid: 1,
      msg: 'no answer',
      host: 'a',
      tries: 2,
    })
    expect(parseLogLine(line, 'UTC')).toEqual({
      time: '2026-01-01 00:00:00.000 UTC',
      level: 'error',
      text: 'no answer  host=a  tries=2',
    })
  })

  it('stays as it is when it is not JSON', () => {
    expect(parseLogLine('at work', 'UTC')).toEqual({ time: '', level: '', text: 'at work' })
    expect(parseLogLine('17', 'UTC').text).toBe('17')
  })
})
