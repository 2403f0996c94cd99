import { peopleCounter } from "@sensorium/protocol/wire";
import type { FaceStore, SavedFace } from "./faces.ts";

const { ErrorText } = peopleCounter;

/** The answer to one text message of a client. Rejects when the store fails. */
export async function answer(text: string, faces: FaceStore | null): Promise<peopleCounter.ServerMessage> {
  const parsed = peopleCounter.parseRequest(text);
  if (!parsed.ok) return { error: parsed.error };
  const { request } = parsed;
  return request.type === "get_face" ? faceImage(request.face_id, faces) : allFaces(request.limit, faces);
}

async function faceImage(id: number, faces: FaceStore | null): Promise<peopleCounter.FaceImageMessage> {
  const face = (await faces?.load(id)) ?? null;
  if (!face) return { type: "face_image", face_id: id, error: ErrorText.faceNotFound };
  if (!face.jpeg) return { type: "face_image", face_id: id, error: ErrorText.faceFileNotFound };
  return { type: "face_image", face_id: id, image_data: base64(face.jpeg), filename: fileName(face) };
}

async function allFaces(limit: number, faces: FaceStore | null): Promise<peopleCounter.AllFacesMessage> {
  if (!faces) return { type: "all_faces", error: ErrorText.facesUnavailable };
  const newest = await faces.loadNewest(limit);
  const shown = newest.flatMap((face) =>
    face.jpeg ? [{ face_id: face.id, filename: fileName(face), image_data: base64(face.jpeg) }] : [],
  );
  return { type: "all_faces", faces: shown };
}

const fileName = ({ id }: SavedFace): string => `face_${id}.jpg`;

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
