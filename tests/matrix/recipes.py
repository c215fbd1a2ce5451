"""How each clip of the matrix is made: by the ffmpeg command line, or by PyAV where that is enough.

Every clip has moving bars with a clock in them, and a tone; `traits` says what it is there for.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.clips import make_clip

PICTURES = "testsrc2=size={size}:rate={rate}:duration=1.2"
TONE = "sine=sample_rate=48000:duration=1.2"
X264 = "-c:v libx264 -preset ultrafast -bf 2"
X265 = "-c:v libx265 -preset ultrafast -x265-params log-level=error"
HDR = (
    "-pix_fmt yuv420p10le -color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc -tag:v hvc1 "
    "-c:v libx265 -preset ultrafast -x265-params log-level=error:hdr10=1:repeat-headers=1:"
    "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1):max-cll=1000,400"
)
VP9 = "-c:v libvpx-vp9 -b:v 1M -deadline realtime -cpu-used 8"
XDCAM = (
    "-c:v mpeg2video -pix_fmt yuv422p -b:v 50M -minrate 50M -maxrate 50M -bufsize 36M -bf 2 -g 12 -flags +ildct+ilme"
    " -top 1 -non_linear_quant 1 -intra_vlc 1 -dc 10 -qmin 1 -qmax 12"
    " -color_primaries bt709 -color_trc bt709 -colorspace bt709"
)
INTERLACED = "-vf tinterlace=interleave_{}:flags=0,setfield={} "


@dataclass(frozen=True)
class Recipe:
    """One clip. name: of its file. arguments: ffmpeg's, after its two inputs; or None, and `clip` is PyAV's (see
    `tests.clips.make_clip`). refused: what a refusal must say; None where the clip must be released."""

    name: str
    traits: str
    arguments: str | None = None
    refused: str | None = None
    size: str = "640x360"
    rate: str = "25"
    after: str | None = None
    clip: Mapping[str, Any] | None = None

    def make(self, folder: Path) -> Path:
        path = folder / self.name
        if self.clip is not None:
            return make_clip(path, **self.clip)
        pictures = PICTURES.format(size=self.size, rate=self.rate)
        inputs = ["-f", "lavfi", "-i", pictures, "-f", "lavfi", "-i", TONE]
        first = folder / f"first.{self.name}" if self.after else path
        run([*inputs, *shlex.split((self.arguments or "").format(folder=folder)), str(first)])
        if self.after:
            run(["-i", str(first), *shlex.split(self.after.format(folder=folder)), str(path)])
            first.unlink()
        return path


def run(arguments: list[str]) -> None:
    subprocess.run(["ffmpeg", "-hide_banner", "-loglevel", "error", "-y", *arguments], check=True, capture_output=True)


def prepare(folder: Path) -> None:
    """The little files that some recipes take in."""
    (folder / "words.srt").write_text("1\n00:00:00,100 --> 00:00:01,000\nBonjour à tous\n")
    (folder / "marks.txt").write_text(
        ";FFMETADATA1\ntitle=Film\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=500\ntitle=Un\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=500\nEND=1200\ntitle=Deux\n"
    )
    (folder / "font.ttf").write_bytes(b"\0\1\0\0" + bytes(200))
    if has_ffmpeg():
        run(["-f", "lavfi", "-i", "color=red:size=64x64", "-frames:v", "1", str(folder / "cover.png")])


def has_ffmpeg() -> bool:
    return shutil.which("ffmpeg") is not None


def recipes() -> tuple[Recipe, ...]:
    """Those that can be made here."""
    return tuple(recipe for recipe in RECIPES if recipe.clip is not None or has_ffmpeg())


RECIPES: tuple[Recipe, ...] = (
    # --- by PyAV ---
    Recipe("pyav-plain.mp4", "H.264, AAC, faststart", clip={"seconds": 1}),
    Recipe("pyav-plain.mov", "H.264, AAC", clip={"seconds": 1}),
    Recipe("pyav-plain.mkv", "H.264, AAC", clip={"seconds": 1}),
    Recipe("pyav-silent.mp4", "no sound", clip={"seconds": 1, "sound": False}),
    Recipe("pyav-captions.mp4", "CEA-608 in every picture", clip={"seconds": 1, "captions": True}),
    Recipe("pyav-captions.mkv", "CEA-608 in every picture", clip={"seconds": 1, "captions": True}),
    Recipe("pyav-chapters.mov", "chapters", clip={"seconds": 1, "chapters": True}),
    Recipe("pyav-chapters.mkv", "chapters", clip={"seconds": 1, "chapters": True}),
    Recipe("pyav-422.mov", "4:2:2, 10 bit", clip={"seconds": 1, "pixel_format": "yuv422p10le"}),
    Recipe("pyav-444.mkv", "4:4:4", clip={"seconds": 1, "pixel_format": "yuv444p"}),
    Recipe("pyav-tags.mp4", "tags of a camera", clip={"seconds": 1, "tags": {"com.example.shoot": "12", "genre": "G"}}),
    # --- MP4 and MOV ---
    Recipe("h264-last.mp4", "index at the end", f"{X264} -c:a aac"),
    Recipe("h264-fragments.mp4", "fragmented", f"{X264} -c:a aac -movflags frag_keyframe+empty_moov"),
    Recipe(
        "h264-langs.mp4",
        "three sound tracks with languages",
        f"{X264} -map 0 -map 1 -map 1 -map 1 -c:a aac "
        "-metadata:s:a:0 language=fra -metadata:s:a:1 language=eng -metadata:s:a:2 language=deu",
    ),
    Recipe(
        "h264-subs.mp4",
        "subtitle track",
        f"-i {{folder}}/words.srt {X264} -map 0 -map 1 -map 2 -c:a aac "
        "-c:s mov_text -metadata:s:s language=fra -disposition:s:0 forced",
    ),
    Recipe(
        "h264-cover.mp4",
        "cover art",
        f"-i {{folder}}/cover.png {X264} -map 0 -map 1 -map 2 -c:a aac -c:v:1 png -disposition:v:1 attached_pic",
    ),
    Recipe(
        "h264-start.mp4", "sound begins 0.3 s later", f"-itsoffset 0.3 -f lavfi -i {TONE} {X264} -map 0 -map 2 -c:a aac"
    ),
    Recipe("h264-open.mp4", "open groups of pictures", f"{X264} -g 10 -x264-params open-gop=1 -c:a aac"),
    Recipe(
        "h264-varying.mp4", "varying frame lengths", f"-vf select='not(eq(mod(n\\,3)\\,1))' -vsync vfr {X264} -c:a aac"
    ),
    Recipe("h264-120.mp4", "120 pictures a second", f"{X264} -c:a aac", rate="120"),
    Recipe("h264-23976.mov", "23.976, time code", f"{X264} -c:a pcm_s24le -timecode 01:00:00:00", rate="24000/1001"),
    Recipe(
        "h264-drop.mov",
        "29.97, drop-frame time code",
        f"{X264} -c:a pcm_s16le -timecode 00:59:58;00",
        rate="30000/1001",
    ),
    Recipe("h264-full.mp4", "full range", f"-pix_fmt yuvj420p {X264} -c:a aac"),
    Recipe(
        "h264-pal.mp4",
        "BT.601, SAR 64:45",
        f"-vf setsar=64/45 {X264} -color_primaries bt470bg -color_trc bt709 -colorspace bt470bg -c:a aac",
        size="720x576",
    ),
    Recipe(
        "h264-ntsc.mov",
        "BT.601, SAR 10:11",
        f"-vf setsar=10/11 {X264} -color_primaries smpte170m -color_trc bt709 -colorspace smpte170m -c:a aac",
        size="720x480",
        rate="30000/1001",
    ),
    Recipe("h264-odd.mp4", "odd size", f"{X264} -pix_fmt yuv444p -c:a aac", size="427x341"),
    Recipe("h264-hi422.mov", "High 4:2:2, 10 bit, PCM", f"{X264} -pix_fmt yuv422p10le -c:a pcm_s24le"),
    Recipe(
        "h264-tff.mp4",
        "interlaced, top first",
        INTERLACED.format("top", "tff") + f"{X264} -flags +ildct+ilme -x264-params tff=1 -c:a aac",
        rate="50",
    ),
    Recipe(
        "h264-bff.mov",
        "interlaced, bottom first",
        INTERLACED.format("bottom", "bff") + f"{X264} -flags +ildct+ilme -x264-params bff=1 -c:a aac",
        rate="50",
    ),
    Recipe("h264-90.mp4", "display matrix of 90°", f"{X264} -c:a aac", after="-map 0 -c copy -metadata:s:v rotate=90"),
    Recipe(
        "h264-180.mov", "display matrix of 180°", f"{X264} -c:a aac", after="-map 0 -c copy -metadata:s:v rotate=180"
    ),
    Recipe("h264-tall.mp4", "vertical", f"{X264} -c:a aac", size="360x640"),
    Recipe("hevc-hdr10.mp4", "HDR10: mastering display and light level", f"{HDR} -c:a aac"),
    Recipe("hevc-hdr10.mov", "HDR10 in MOV", f"{HDR} -c:a pcm_s24le"),
    Recipe(
        "hevc-pq.mp4",
        "PQ without HDR10 metadata",
        f"{X265} -pix_fmt yuv420p10le -tag:v hvc1 -color_primaries bt2020 "
        "-color_trc smpte2084 -colorspace bt2020nc -c:a aac",
    ),
    Recipe(
        "hevc-hlg.mp4",
        "HLG",
        f"{X265} -pix_fmt yuv420p10le -tag:v hvc1 -color_primaries bt2020 "
        "-color_trc arib-std-b67 -colorspace bt2020nc -c:a aac",
    ),
    Recipe(
        "hevc-2020.mp4",
        "BT.2020, SDR",
        f"{X265} -pix_fmt yuv420p10le -color_primaries bt2020 -color_trc bt2020-10 -colorspace bt2020nc -c:a aac",
    ),
    Recipe("av1.mp4", "AV1", "-c:v libsvtav1 -preset 12 -c:a aac"),
    Recipe("av1-10.mp4", "AV1, 10 bit", "-c:v libsvtav1 -preset 12 -pix_fmt yuv420p10le -c:a aac"),
    Recipe("vp9.mp4", "VP9", f"{VP9} -c:a aac"),
    Recipe("mpeg2.mov", "MPEG-2", "-c:v mpeg2video -b:v 8M -bf 2 -c:a pcm_s16le"),
    Recipe("mpeg4.mp4", "MPEG-4 part 2", "-c:v mpeg4 -q:v 2 -c:a aac"),
    *(
        Recipe(
            f"prores-{name}.mov",
            f"ProRes {name}, 4 PCM tracks, time code",
            f"-c:v prores_ks -profile:v {number} "
            "-vendor apl0 -map 0 -map 1 -map 1 -map 1 -map 1 -c:a pcm_s24le -timecode 10:00:00:00 "
            "-metadata:s:a:0 language=fra -metadata:s:a:1 language=eng",
        )
        for number, name in enumerate(("proxy", "lt", "standard", "hq"))
    ),
    Recipe(
        "prores-tff.mov",
        "ProRes, interlaced",
        INTERLACED.format("top", "tff") + "-c:v prores_ks -profile:v 2 -vendor apl0 -flags +ildct -c:a pcm_s16le",
        rate="50",
    ),
    Recipe(
        "prores-4444.mov",
        "ProRes 4444 with alpha",
        "-vf format=yuva444p10le -c:v prores_ks -profile:v 4 -vendor apl0 -c:a pcm_s16le",
    ),
    Recipe(
        "prores-4444-clear.mov",
        "ProRes 4444, transparent under the mention",
        "-vf format=yuva444p10le,colorchannelmixer=aa=0.5 -c:v prores_ks -profile:v 4 -c:a pcm_s16le",
        refused="not opaque",
    ),
    Recipe("dnxhd.mov", "DNxHD 120", "-c:v dnxhd -b:v 120M -pix_fmt yuv422p -c:a pcm_s16le", size="1920x1080"),
    Recipe("dnxhr.mov", "DNxHR SQ", "-c:v dnxhd -profile:v dnxhr_sq -pix_fmt yuv422p -c:a pcm_s16le"),
    Recipe("dnxhr-444.mov", "DNxHR 444", "-c:v dnxhd -profile:v dnxhr_444 -pix_fmt yuv444p10le -c:a pcm_s24le"),
    Recipe("mjpeg.mov", "Motion JPEG", "-c:v mjpeg -q:v 2 -pix_fmt yuvj422p -c:a pcm_s16le"),
    Recipe("v210.mov", "uncompressed, 10 bit", "-c:v v210 -pix_fmt yuv422p10le -c:a pcm_s24le"),
    Recipe(
        "v210-tff.mov",
        "uncompressed, 10 bit, interlaced",
        INTERLACED.format("top", "tff") + "-c:v v210 -pix_fmt yuv422p10le -field_order tt -c:a pcm_s24le",
        rate="50",
    ),
    Recipe("2vuy.mov", "uncompressed, 8 bit", "-c:v rawvideo -pix_fmt uyvy422 -tag:v 2vuy -c:a pcm_s24le"),
    Recipe(
        "j2k.mov",
        "JPEG 2000, 10 bit",
        "-c:v libopenjpeg -format j2k -pix_fmt yuv422p10le -irreversible 1 -compression_level 10 -c:a pcm_s24le",
    ),
    Recipe(
        "j2k-lossless.mov",
        "JPEG 2000 without loss",
        "-c:v libopenjpeg -format j2k -pix_fmt yuv422p10le -compression_level 1 -c:a pcm_s24le",
    ),
    Recipe("j2k-rgb.mov", "JPEG 2000, RGB", "-c:v jpeg2000 -pix_fmt rgb24 -c:a pcm_s24le", refused="rgb24"),
    Recipe(
        "xdcam.mov",
        "XDCAM HD422 1080i",
        f"{XDCAM} -aspect 16:9 -tag:v xd5c -c:a pcm_s24le -timecode 10:00:00:00",
        size="1920x1080",
    ),
    Recipe("two-videos.mp4", "two video tracks", f"{X264} -map 0 -map 0 -map 1 -c:a aac", refused="2 video tracks"),
    Recipe(
        "encrypted.mp4",
        "encrypted",
        f"{X264} -c:a aac -encryption_scheme cenc-aes-ctr -encryption_key "
        "76a6c65c5ea762046bd749a2e632ccbb -encryption_kid a7e61c373e219033c21091fa607bf3b8",
        refused="encrypted",
    ),
    # --- Matroska and WebM ---
    Recipe("h264-flac.mkv", "FLAC, language", f"{X264} -c:a flac -metadata:s:a language=fra"),
    Recipe(
        "h264-srt.mkv",
        "SRT and ASS subtitles",
        f"-i {{folder}}/words.srt {X264} -map 0 -map 1 -map 2 -map 2 -c:a aac "
        "-c:s:0 srt -c:s:1 ass -metadata:s:s:0 language=fra -disposition:s:1 default",
    ),
    Recipe(
        "h264-font.mkv", "attached font", f"{X264} -c:a aac -attach {{folder}}/font.ttf -metadata:s:t mimetype=font/ttf"
    ),
    Recipe(
        "h264-marks.mkv", "chapters and tags", f"-i {{folder}}/marks.txt {X264} -map_metadata 2 -map 0 -map 1 -c:a aac"
    ),
    Recipe(
        "h264-tff.mkv",
        "interlaced, top first; its container tells another order",
        INTERLACED.format("top", "tff") + f"{X264} -flags +ildct+ilme -x264-params tff=1 -c:a aac",
        rate="50",
    ),
    Recipe("hevc-hdr10.mkv", "HDR10", HDR.replace("-tag:v hvc1 ", "") + " -c:a ac3"),
    Recipe("vp9.webm", "VP9, Opus", f"{VP9} -c:a libopus"),
    Recipe("vp8.webm", "VP8, Vorbis", "-c:v libvpx -b:v 1M -deadline realtime -cpu-used 8 -c:a libvorbis"),
    Recipe("av1.webm", "AV1, Opus", "-c:v libsvtav1 -preset 12 -c:a libopus"),
    Recipe(
        "vp9-vtt.webm",
        "WebVTT subtitles",
        f"-i {{folder}}/words.srt {VP9} -map 0 -map 1 -map 2 -c:a libopus -c:s webvtt",
    ),
    Recipe(
        "vp9-alpha.webm",
        "VP9 with alpha",
        f"-vf format=yuva420p {VP9} -auto-alt-ref 0 -c:a libopus",
        refused="transparency",
    ),
    Recipe("vp9-10.mkv", "VP9, 10 bit", f"{VP9} -pix_fmt yuv420p10le -profile:v 2 -c:a libopus", refused="yuv420p10le"),
    Recipe("ffv1.mkv", "FFV1, FLAC", "-c:v ffv1 -level 3 -c:a flac"),
    Recipe("j2k.mkv", "JPEG 2000", "-c:v libopenjpeg -format j2k -pix_fmt yuv420p -c:a flac"),
    Recipe("uyvy.mkv", "uncompressed, 8 bit", "-c:v rawvideo -pix_fmt uyvy422 -c:a pcm_s24le"),
    Recipe("v210.mkv", "uncompressed, 10 bit", "-c:v v210 -pix_fmt yuv422p10le -c:a pcm_s24le", refused="v210"),
    Recipe("mpeg2.mkv", "MPEG-2, AC-3", "-c:v mpeg2video -b:v 8M -bf 2 -c:a ac3"),
    Recipe("prores.mkv", "ProRes", "-c:v prores_ks -profile:v 3 -vendor apl0 -c:a pcm_s24le"),
    Recipe("theora.mkv", "Theora", "-c:v libtheora -q:v 8 -c:a libvorbis", refused="theora"),
    # --- MPEG-TS ---
    Recipe("h264.ts", "H.264, AAC", f"{X264} -c:a aac"),
    Recipe(
        "h264-named.ts",
        "service, PIDs, two sounds",
        f"{X264} -map 0 -map 1 -map 1 -c:a:0 ac3 -c:a:1 mp2 "
        "-metadata:s:a:0 language=fra -metadata:s:a:1 language=eng -metadata service_name=Télé "
        "-metadata service_provider=Labo -mpegts_service_id 77 -streamid 0:300 -streamid 1:301 -streamid 2:302",
    ),
    Recipe("h264-latm.ts", "H.264, AAC in LATM", f"{X264} -c:a aac -mpegts_flags +latm"),
    Recipe("hevc.ts", "HEVC, AC-3", f"{X265} -c:a ac3"),
    Recipe("mpeg2.ts", "MPEG-2, MP2", "-c:v mpeg2video -b:v 8M -bf 2 -c:a mp2"),
    Recipe(
        "mpeg2-tff.ts",
        "MPEG-2, interlaced",
        INTERLACED.format("top", "tff") + "-c:v mpeg2video -b:v 8M -flags +ildct+ilme -top 1 -bf 2 -c:a mp2",
        rate="50",
    ),
    Recipe("h264.m2ts", "packets of 192 bytes", f"{X264} -c:a ac3 -mpegts_m2ts_mode 1"),
    Recipe("dvbsub.ts", "DVB subtitles", f"-i {{folder}}/words.srt {X264} -map 0 -map 1 -c:a mp2"),
    # --- AVI ---
    Recipe("h264.avi", "H.264 without B pictures", "-c:v libx264 -preset ultrafast -bf 0 -c:a mp3"),
    Recipe(
        "h264-b.avi", "H.264 with B pictures", "-c:v libx264 -preset medium -bf 2 -c:a mp3", refused="whose order AVI"
    ),
    Recipe("mjpeg.avi", "Motion JPEG, PCM", "-c:v mjpeg -q:v 2 -pix_fmt yuvj420p -c:a pcm_s16le"),
    Recipe("uyvy.avi", "uncompressed, 8 bit", "-c:v rawvideo -pix_fmt uyvy422 -c:a pcm_s16le"),
    Recipe("i420.avi", "uncompressed, 4:2:0", "-c:v rawvideo -pix_fmt yuv420p -tag:v I420 -c:a pcm_s16le"),
    Recipe("v210.avi", "uncompressed, 10 bit", "-c:v v210 -pix_fmt yuv422p10le -c:a pcm_s16le"),
    Recipe("mpeg4.avi", "MPEG-4, MP3", "-c:v mpeg4 -q:v 2 -c:a mp3"),
    Recipe("mpeg4-b.avi", "MPEG-4 with B pictures, MP2", "-c:v mpeg4 -bf 2 -q:v 2 -c:a mp2"),
    Recipe("mpeg4-ac3.avi", "AC-3", "-c:v mpeg4 -q:v 2 -c:a ac3"),
    Recipe("mpeg4-aac.avi", "AAC", "-c:v mpeg4 -q:v 2 -c:a aac"),
    # --- MXF ---
    Recipe(
        "xdcam.mxf", "XDCAM HD422 1080i, time code", f"{XDCAM} -c:a pcm_s24le -timecode 10:00:00:00", size="1920x1080"
    ),
    Recipe(
        "imx.mxf",
        "IMX (D-10) 50",
        INTERLACED.format("top", "tff")
        + "-map 0 -map 1 -r 25 -c:v mpeg2video -pix_fmt yuv422p -g 1 -bf 0 -flags +ildct+low_delay -dc 10 -intra_vlc 1"
        " -non_linear_quant 1 -ps 1 -qmin 1 -qmax 3 -b:v 50000k -minrate 50000k -maxrate 50000k -bufsize 2000000"
        " -rc_init_occupancy 2000000 -rc_buf_aggressivity 0.25 -top 1 -aspect 4:3 -c:a pcm_s24le -ac 2 -f mxf_d10",
        size="720x608",
        rate="50",
        refused="IMX",
    ),
    Recipe("j2k.mxf", "JPEG 2000", "-r 25 -c:v libopenjpeg -format j2k -pix_fmt yuv422p10le", refused="jpeg2000"),
    Recipe("dnxhd.mxf", "DNxHD 120", "-c:v dnxhd -b:v 120M -pix_fmt yuv422p -c:a pcm_s16le", size="1920x1080"),
    Recipe(
        "avci.mxf",
        "AVC-Intra 100, interlaced",
        "-vf setfield=tff -c:v libx264 -pix_fmt yuv422p10le -x264-params avcintra-class=100:tff=1 "
        "-color_primaries bt709 -color_trc bt709 -colorspace bt709 -c:a pcm_s16le",
        size="1920x1080",
    ),
)
