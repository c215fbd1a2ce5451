"""Parts of pictures are coded again where a codec cuts each picture into parts that lean on nothing else."""
