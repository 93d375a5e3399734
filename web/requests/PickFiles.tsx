import { Paperclip } from 'lucide-react'
import { useRef } from 'react'
import { Button } from '../parts/Button.js'
import { ATTACHABLE, type Waiting, waitingOf } from '../parts/waiting.js'
import { newRequestWords } from '../words/new-request.js'
import { useWords } from '../words/words.js'

/** One button that opens the machine's own choice of files. */
export function PickFiles({
  busy = false,
  onFiles,
}: {
  busy?: boolean
  onFiles: (files: Waiting[]) => void
}) {
  const t = useWords(newRequestWords)
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        accept={ATTACHABLE}
        onChange={event => {
          const files = [...(event.target.files ?? [])]
          event.target.value = ''
          if (files.length > 0) void Promise.all(files.map(waitingOf)).then(onFiles)
        }}
      />
      <Button
        size="s"
        busy={busy}
        icon={<Paperclip aria-hidden="true" />}
        onPress={() => input.current?.click()}
      >
        {t('papers.add')}
      </Button>
    </>
  )
}
