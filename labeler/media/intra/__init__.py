"""Pictures that lean on no other are coded again one by one."""
