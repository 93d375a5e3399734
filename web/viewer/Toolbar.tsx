import {
  Circle,
  Columns2,
  Contrast,
  Eraser,
  ExternalLink,
  FileInput,
  type LucideIcon,
  Move,
  MoveVertical,
  RotateCcw,
  Ruler,
  Star,
  SunMedium,
  ZoomIn,
} from 'lucide-react'
import {
  Toolbar as AriaToolbar,
  Button,
  Menu,
  MenuItem,
  MenuTrigger,
  Popover,
  type PressEvent,
  ToggleButton,
} from 'react-aria-components'
import { Kbd } from '../parts/Kbd.js'
import { lending } from '../words/lending.js'
import { viewer as words } from '../words/viewer.js'
import { useWords } from '../words/words.js'
import { KeyLegend } from './KeyLegend.js'
import { handKeys } from './keys.js'
import type { Hand } from './pane.js'
import type { Preset } from './presets.js'
import { samePreset } from './presets.js'
import styles from './Toolbar.module.css'
import type { PaneHandle } from './use-pane.js'

const hands: [Hand, LucideIcon][] = [
  ['window', SunMedium],
  ['scroll', MoveVertical],
  ['pan', Move],
  ['zoom', ZoomIn],
  ['length', Ruler],
  ['ellipse', Circle],
]

export interface ToolbarProps {
  pane: PaneHandle
  presets: Preset[]
  onPreset: (key: string) => void
  /** Gives the keyboard back to the picture: who presses a tool with the mouse goes on scrolling there. */
  onDone: () => void
  /** Two studies lie side by side. */
  beside: boolean
  onCompare: () => void
  onStar: (() => void) | undefined
  /** The picture that is shown is a key image. */
  starred: boolean
  onInsert: (() => void) | undefined
  onLend: (() => void) | undefined
}

export function Toolbar({
  pane,
  presets,
  onPreset,
  onDone,
  beside,
  onCompare,
  onStar,
  starred,
  onInsert,
  onLend,
}: ToolbarProps) {
  const t = useWords(words)
  const l = useWords(lending)
  const byHand = ({ pointerType }: PressEvent) => {
    if (pointerType !== 'keyboard' && pointerType !== 'virtual') onDone()
  }
  const hint = (tool: string, key: string) => t('tool.hint', { tool, key: key.toUpperCase() })
  return (
    <AriaToolbar aria-label={t('tools')} className={styles.tools ?? ''}>
      {hands.map(([hand, Icon]) => (
        <ToggleButton
          key={hand}
          className={styles.tool ?? ''}
          aria-label={hint(t(`tool.${hand}`), handKeys[hand])}
          aria-keyshortcuts={handKeys[hand]}
          isSelected={pane.hand === hand}
          onChange={() => pane.hold(hand)}
          onPress={byHand}
        >
          <Icon size={17} aria-hidden />
          <span className={styles.toolName}>{t(`tool.${hand}`)}</span>
          <Kbd keys={handKeys[hand]} />
        </ToggleButton>
      ))}
      <span className={styles.toolsGap} />
      <PresetMenu pane={pane} presets={presets} onPreset={onPreset} onDone={onDone} />
      <ToggleButton
        className={styles.tool ?? ''}
        aria-label={hint(t('tool.invert'), 'i')}
        aria-keyshortcuts="i"
        isSelected={pane.inverted}
        onChange={() => pane.invert()}
        onPress={byHand}
      >
        <Contrast size={17} aria-hidden />
        <span className={styles.toolName}>{t('tool.invert')}</span>
        <Kbd keys="i" />
      </ToggleButton>
      <Tool
        name={t('tool.reset')}
        keys="R"
        Icon={RotateCcw}
        onPress={event => {
          pane.reset()
          byHand(event)
        }}
      />
      <Tool
        name={t('tool.clear')}
        keys="Delete"
        Icon={Eraser}
        onPress={event => {
          pane.clearMeasures()
          byHand(event)
        }}
        bare
      />
      <span className={styles.toolsGap} />
      <ToggleButton
        className={styles.tool ?? ''}
        aria-label={hint(t('tool.compare'), 'c')}
        aria-keyshortcuts="c"
        isSelected={beside}
        onChange={onCompare}
      >
        <Columns2 size={17} aria-hidden />
        <Kbd keys="c" />
      </ToggleButton>
      {onStar && (
        <ToggleButton
          className={`${styles.tool} ${styles.star}`}
          aria-label={hint(t(starred ? 'tool.unstar' : 'tool.star'), 'k')}
          aria-keyshortcuts="k"
          isSelected={starred}
          onChange={onStar}
          onPress={byHand}
        >
          <Star size={17} aria-hidden />
          <Kbd keys="k" />
        </ToggleButton>
      )}
      {onInsert && (
        <Tool
          name={t('tool.insert')}
          keys="M"
          Icon={FileInput}
          onPress={event => {
            onInsert()
            byHand(event)
          }}
          bare
        />
      )}
      <span className={`${styles.toolsGap} push`} />
      {onLend && (
        <Button className={styles.tool ?? ''} aria-label={l('open')} onPress={onLend}>
          <ExternalLink size={17} aria-hidden />
        </Button>
      )}
      <KeyLegend />
    </AriaToolbar>
  )
}

interface ToolProps {
  name: string
  keys: string
  Icon: LucideIcon
  onPress: (event: PressEvent) => void
  /** Only the icon: rare, or known by its sign. */
  bare?: boolean
}

function Tool({ name, keys, Icon, onPress, bare }: ToolProps) {
  const t = useWords(words)
  return (
    <Button
      className={styles.tool ?? ''}
      aria-label={t('tool.hint', { tool: name, key: keys })}
      aria-keyshortcuts={keys}
      onPress={onPress}
    >
      <Icon size={17} aria-hidden />
      {!bare && <span className={styles.toolName}>{name}</span>}
      {!bare && <Kbd keys={keys} />}
    </Button>
  )
}

function PresetMenu({
  pane,
  presets,
  onPreset,
  onDone,
}: Pick<ToolbarProps, 'pane' | 'presets' | 'onPreset' | 'onDone'>) {
  const t = useWords(words)
  const named = (preset: Preset) =>
    preset.preset ? t(`preset.${preset.preset}`) : (preset.name ?? t('preset.dicom', { n: preset.key }))
  const current = presets.find(preset => samePreset(preset, pane.window))
  return (
    <MenuTrigger>
      <Button className={`${styles.tool} ${styles.preset}`}>
        <span>{t('tool.windows')}</span>
        <span className={styles.presetName}>{current ? named(current) : '–'}</span>
        <span aria-hidden>▾</span>
      </Button>
      <Popover className={styles.popover ?? ''} placement="bottom start">
        <Menu
          className={styles.menu ?? ''}
          onAction={key => {
            onPreset(String(key))
            // After the menu has given the focus back to its button.
            requestAnimationFrame(onDone)
          }}
          aria-label={t('tool.windows')}
        >
          <MenuItem id="0" className={styles.menuItem ?? ''} textValue={t('preset.image')}>
            <Kbd keys="0" />
            <span>{t('preset.image')}</span>
          </MenuItem>
          {presets.map(preset => (
            <MenuItem
              key={preset.key}
              id={preset.key}
              className={styles.menuItem ?? ''}
              textValue={named(preset)}
            >
              <Kbd keys={preset.key} />
              <span>{named(preset)}</span>
              <span className={styles.menuValue}>
                {preset.width} / {preset.center}
              </span>
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  )
}
