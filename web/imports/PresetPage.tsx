import { ArrowLeft, SlidersHorizontal } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import { useNetwork } from '../network/use-network.js'
import { Empty } from '../parts/Empty.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Page } from '../parts/Page.js'
import { Skeleton } from '../parts/Skeleton.js'
import { presets as words } from '../words/presets.js'
import { useWords } from '../words/words.js'
import own from './Imports.module.css'
import { PresetForm } from './PresetForm.js'
import { usePresetList } from './presets.js'

/** One preset, or a new one, with its trial beside it; `base` is the list it came from. */
export function PresetPage({ id, base, go }: { id: string; base: string; go: (to: string) => void }) {
  const t = useWords(words)
  const { items, problem, refetch } = usePresetList()
  const { network, problem: noNetwork, readAgain } = useNetwork()
  // The version that was read stays in the form while others write theirs: saving is what tells.
  const [round, setRound] = useState(0)
  const preset = items?.find(each => each.id === id)
  const trouble = problem ?? noNetwork
  return (
    <Page
      title={id === 'new' ? t('new') : preset?.name || id}
      actions={
        <Link href={base} className={own.back}>
          <ArrowLeft size={16} aria-hidden /> {t('back')}
        </Link>
      }
    >
      {trouble && !(items && network) ? (
        <ErrorBox
          title={t('trouble')}
          trouble={trouble}
          onRetry={() => {
            refetch()
            readAgain()
          }}
        />
      ) : !items || !network ? (
        <Skeleton lines={8} height={36} />
      ) : id !== 'new' && !preset ? (
        <Empty icon={<SlidersHorizontal aria-hidden />} title={t('gone')}>
          {t('gone.text')}
        </Empty>
      ) : (
        <PresetForm
          key={round}
          preset={id === 'new' ? undefined : preset}
          network={network}
          onReadAgain={() => {
            // The form is built once, of what is there then.
            void refetch().then(() => setRound(now => now + 1))
          }}
          onDone={() => go(base)}
        />
      )}
    </Page>
  )
}
