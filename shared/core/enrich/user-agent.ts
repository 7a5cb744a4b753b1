import Bowser from 'bowser'
import { textOf, type EnrichmentStep } from '../stream/enrichment.ts'
import { remember } from './remember.ts'

interface Agent {
  readonly browser: string
  readonly os: string
  readonly device: string
}

const unknown: Agent = { browser: 'unknown', os: 'unknown', device: 'unknown' }
const longest = 1_024

/** Adds `browser`, `os` and `device` (desktop, mobile, tablet, tv …), each `unknown` where the text does not tell. */
export const userAgent = <F extends string>(field: F): EnrichmentStep<F, 'browser' | 'os' | 'device'> => {
  const parse = remember(10_000, parseAgent)
  return {
    description: { step: 'userAgent', parameters: { userAgent: field }, adds: ['browser', 'os', 'device'] },
    apply: (event) => {
      const text = textOf(event, field)
      const { browser, os, device } = text === undefined || text === '' ? unknown : parse(text.slice(0, longest))
      event['browser'] = browser
      event['os'] = os
      event['device'] = device
    },
  }
}

const parseAgent = (text: string): Agent => {
  const { browser, os, platform } = Bowser.parse(text)
  return {
    browser: browser.name || unknown.browser,
    os: os.name || unknown.os,
    device: platform.type || unknown.device,
  }
}
