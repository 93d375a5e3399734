import { Copy } from 'lucide-react'
import { Button } from '../parts/Button.js'
import { TextArea } from '../parts/Field.js'
import { useToasts } from '../parts/Toast.js'

/** A secret the node keeps only the digest of: to be read or copied now. */
export function ShownOnce({
  label,
  value,
  copy,
  copied,
}: {
  label: string
  value: string
  /** What the button says, and what is said afterwards. */
  copy: string
  copied: string
}) {
  const toasts = useToasts()
  const take = async () => {
    await navigator.clipboard.writeText(value)
    toasts.say({ text: copied })
  }
  return (
    <>
      <TextArea label={label} hideLabel value={value} onChange={() => undefined} readOnly lines={2} />
      {navigator.clipboard ? (
        <div>
          <Button icon={<Copy aria-hidden />} onPress={() => void take()}>
            {copy}
          </Button>
        </div>
      ) : null}
    </>
  )
}
