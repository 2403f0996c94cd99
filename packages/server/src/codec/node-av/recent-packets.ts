import * as av from "node-av/constants";
import type { Frame, Packet } from "node-av/lib";

/** A minute of 4 Mbit/s without a key frame; cameras send one every few seconds. */
const BYTES_KEPT = 32 << 20;

/** A key frame and what can be decoded from it on. */
interface Group {
  readonly packets: Packet[];
  /** Pictures of it that have come out of the decoder. */
  shown: number;
}

/**
 * The packets from which a decoder that begins anew can go on where another one has failed: those since the key frame
 * of the picture that came out last.
 */
export class RecentPackets implements Disposable {
  #groups: Group[] = [];
  #bytes = 0;

  /** Keeps a packet that has been given to the decoder. */
  add(packet: Packet): void {
    if (this.#bytes + packet.size > BYTES_KEPT) this[Symbol.dispose]();
    const isKey = (packet.flags & av.AV_PKT_FLAG_KEY) !== 0;
    if (isKey) this.#groups.push({ packets: [], shown: 0 });
    const kept = this.#groups.length > 0 ? packet.clone() : null;
    if (!kept) return;
    this.#groups.at(-1)?.packets.push(kept);
    this.#bytes += kept.size;
  }

  /** A picture has come out. What is older than its key frame is not needed any more. */
  show(frame: Frame): void {
    const isKey = (frame.flags & av.AV_FRAME_FLAG_KEY) !== 0;
    if (isKey && this.#groups.length > 1 && (this.#groups[0]?.shown ?? 0) > 0) this.#forget(this.#groups.shift());
    const [group] = this.#groups;
    if (group) group.shown++;
  }

  /** How many of the pictures of `packets` have come out already. */
  get shown(): number {
    return this.#groups[0]?.shown ?? 0;
  }

  *packets(): Generator<Packet, void, undefined> {
    for (const { packets } of this.#groups) yield* packets;
  }

  #forget(group: Group | undefined): void {
    for (const packet of group?.packets ?? []) {
      this.#bytes -= packet.size;
      packet.free();
    }
  }

  [Symbol.dispose](): void {
    for (const group of this.#groups) this.#forget(group);
    this.#groups = [];
  }
}
