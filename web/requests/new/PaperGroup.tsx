import { FileText, X } from 'lucide-react'
import { Button } from '../../parts/Button.js'
import type { Waiting } from '../../parts/waiting.js'
import { useFormats } from '../../words/format.js'
import { newRequestWords } from '../../words/new-request.js'
import { useWords } from '../../words/words.js'
import styles from '../Papers.module.css'
import { PickFiles } from '../PickFiles.js'
import { Group } from './Group.js'

/** Papers that go with the request: they wait here, and are kept like everything that is typed. */
export function PaperGroup({ files, onChange }: { files: Waiting[]; onChange: (files: Waiting[]) => void }) {
  const t = useWords(newRequestWords)
  const formats = useFormats()
  return (
    <Group title={t('papers.title')} lead={t('papers.lead')}>
      {files.length > 0 ? (
        <ul className={styles.papers}>
          {files.map((file, index) => (
            <li key={`${index} ${file.name}`}>
              <FileText aria-hidden="true" />
              <span>{file.name}</span>
              <small className="second">{formats.bytes(file.bytes)}</small>
              <Button
                size="s"
                look="quiet"
                icon={<X aria-hidden="true" />}
                aria-label={t('papers.remove', { name: file.name })}
                onPress={() => onChange(files.filter((_, place) => place !== index))}
              />
            </li>
          ))}
        </ul>
      ) : null}
      <span>
        <PickFiles onFiles={more => onChange([...files, ...more])} />
      </span>
    </Group>
  )
}
