import type { TimelineDocument } from '../contracts/control-documents.ts'
import { RetryableError } from '../errors.ts'
import type { Control } from '../ports/control.ts'

const mostAttempts = 20

/**
 * Changes a stream's timeline in one conditional write, tried again on what others have written meanwhile. `change`: what
 * shall stand there instead; undefined leaves it as it is. It must see whether it has been done already: an answer may be lost.
 */
export const changeTimeline = async (
  control: Control,
  stream: string,
  change: (timeline: TimelineDocument | undefined) => TimelineDocument | undefined,
): Promise<void> => {
  for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
    const stored = await control.read(stream, 'timeline', 'timeline')
    const changed = change(stored?.value)
    if (changed === undefined) return
    if ((await control.write(changed, stored?.etag)) === 'written') return
  }
  throw new RetryableError(`The timeline of ${stream} kept changing. Nothing of this attempt was stored.`)
}
